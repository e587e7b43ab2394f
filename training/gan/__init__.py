"""Recipes of the generator of Fashion-MNIST, of a plain DCGAN beside it, and of the network that measures both."""
