"""What `dynamodb_client.py` measures with: the stub, and one contender a client."""
