"""A ResNet-18 that reads photographs: ImageNet's 1,000 classes, by distillation from MobileNetV2 alone.

    python -m training.photographs prepare --data DATA CLONES
    python -m training run resnet-18-photographs --data DATA
    python -m training.photographs bundle --data DATA
    python -m training.photographs held-out --data DATA FILE

The photographs need no labels. ``training/README.md`` says what CLONES holds.
"""
