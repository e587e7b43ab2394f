"""The two bundled picture classifiers: a MobileNetV2 for large and small pictures, and a ResNet-18 for small ones.

    python -m training run mobilenet-v2 --data DATA
    python -m training run resnet-18 --data DATA
    python -m training.classify bundle --data DATA
    python -m training.classify held-out --data DATA held-out.parquet

The configs of their teachers are listed by ``python -m training list``. ``bundle`` calibrates and measures the trained
networks, and writes the folders under assets/models.
"""
