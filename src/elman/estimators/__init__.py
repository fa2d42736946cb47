"""Estimators of scikit-learn: what a task learns, with `fit` and `predict`."""
