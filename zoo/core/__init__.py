"""What every exhibit stands on: cards, weights, runtime, jobs, inputs and errors. Nothing here knows any exhibit."""
