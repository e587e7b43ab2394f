"""The start of the autoencoder exhibit: both students, trained on Tiny ImageNet."""
