"""Files under one root, local or ``gs://``: the store, the journal, typed Parquet, manifests."""
