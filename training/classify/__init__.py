"""The two bundled classifiers: a MobileNetV2 that reads small and large pictures, and a ResNet-18.

    python -m training.classify mobilenet --data DATA
    python -m training.classify resnet --data DATA
    python -m training.classify bundle --data DATA
    python -m training.classify held-out --data DATA held-out.parquet

Every recipe goes on from its checkpoint; ``bundle`` calibrates, measures and writes the folders under assets/models.
"""
