"""The two bundled networks for CIFAR-10, one trained as usual and one adversarially, and three to compare with them.

    for config in cifar10-resnet-cycle-{1,2,3,4} cifar10-resnet-robust; do
        python -m training run $config --data DATA
    done
    for config in cifar10-{hard-labels,smoothed-labels,distilled}; do
        python -m training run $config --data DATA
    done
    python -m training.adversarial bundle --data DATA

An interrupted run goes on from its checkpoint. ``bundle`` calibrates and measures the networks, and writes the folders
under assets/models.
"""
