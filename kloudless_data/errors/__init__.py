"""The exceptions, by what they are about; programs import them from `kloudless_data.exceptions`."""
