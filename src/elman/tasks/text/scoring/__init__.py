"""What a text costs a model, and what it costs others: surprise, baselines, compression."""
