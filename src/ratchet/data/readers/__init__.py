"""Tables as they come, one format a file: each becomes a stream of batches, with the bad rows set aside and located."""
