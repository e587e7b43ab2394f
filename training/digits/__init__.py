"""Digits: a convolutional network that also knows what is no digit, and a perceptron, on MNIST."""
