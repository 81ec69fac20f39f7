-- Two orders for one siren that come in the same moment see each other.
lock table siren_order in share row exclusive mode
