"""The two bundled networks for CIFAR-10, one trained as usual, one under attack, and three to compare them with.

    python -m training.adversarial plain --data DATA
    python -m training.adversarial plain --data DATA --start .checkpoints/cifar-plain.pt --epochs 16 --rate 0.04 --cut 8
    python -m training.adversarial robust --data DATA --start .checkpoints/cifar-plain.pt
    python -m training.adversarial compare --data DATA --start .checkpoints/cifar-plain.pt
    python -m training.adversarial bundle --data DATA

Every recipe goes on from its checkpoint; ``bundle`` calibrates, measures and writes the folders under assets/models.
"""
