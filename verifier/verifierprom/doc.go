// Package verifierprom counts what a [verifier.Verifier] does, for Prometheus.
//
// It is a package of its own so that the verifier needs no client library.
// Make [Metrics] with [New], give [Metrics.Hooks] to the configuration, and
// call [Metrics.Watch] with the verifier:
//
//	metrics, err := verifierprom.New(prometheus.DefaultRegisterer, issuer)
//	…
//	v, err := verifier.New(verifier.Config{…, Hooks: metrics.Hooks()})
//	…
//	metrics.Watch(v)
//
// Every metric has the label issuer, which comes from the configuration. No
// label value comes from a token, whether its signature was good or not.
//
//	idtoken_verifications_total{code,reason}  accepted tokens have empty labels
//	idtoken_verify_seconds                    histogram, waiting for keys included
//	idtoken_cache_hits_total                  tokens that were found in the cache
//	jwks_fetches_total{trigger,result}        result: ok, or the reason
//	jwks_fetch_seconds                        histogram
//	jwks_refetch_suppressed_total{trigger}    fetches that were not made
//	jwks_changes_total                        changes to another key set
//	jwks_keys                                 usable keys of the set in use
//	jwks_keys_skipped                         keys of the set that cannot be used
//	jwks_age_seconds                          time since the set was confirmed
//	jwks_last_success_timestamp_seconds       when the set was confirmed
//	jwks_stale                                1 if the set is past its freshness
//	jwks_ready                                1 if tokens can be verified
//	jwks_consecutive_failures                 fetches that failed in a row
package verifierprom
