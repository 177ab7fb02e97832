"""Signing in by tokens of other issuers, by OpenID Connect.

issuer_rules    IssuerRule: whose tokens are good for a tenant, and whom they stand for
issuer_model    which tenant a token is for, as it is kept
audiences       claiming tokens for a tenant, and letting them go
issuers         Issuers: the rules of each tenant, as operators make them
foreign_tokens  tokens of other issuers, read before anybody is believed
key_fetching    asking an issuer for its keys
key_sets        KeySets: the keys of issuers, kept so that nobody waits
provisioning    new users from tokens
sign_in         SignIn: from a token to who calls
issuer_bodies   what comes in and goes out over the wire
"""
