package verifier

// Cause is one of the causes that Char's troubleshooting page names for a code.
type Cause struct {
	// Name is stable, such as "issuer.exact". Its first part is the subject.
	Name string

	// Text says what is wrong, in the words of the page.
	Text string
}

// Causes returns the texts of the usual causes of c, most likely first. The
// slice is the caller's.
func (c Code) Causes() []string {
	var texts []string
	for _, cause := range c.NamedCauses() {
		texts = append(texts, cause.Text)
	}
	return texts
}

// NamedCauses returns the usual causes of c, most likely first. The slice is
// the caller's.
func (c Code) NamedCauses() []Cause {
	switch c {
	case CodeInvalidIssuer:
		return []Cause{
			{"issuer.exact", "the issuer is not configured exactly as the token has it: a trailing slash, a port or a letter of another case matters"},
			{"issuer.https", "the issuer is configured without https://; it must be the full environment URL"},
			{"issuer.environment", "the token comes from another environment, such as staging against production"},
			{"issuer.custom-domain", "the environment has a custom domain and the token still names the old host, or the reverse"},
		}
	case CodeInvalidAudience:
		return []Cause{
			{"audience.exact", "the client ID (skc_…) is not configured exactly as the token's aud has it"},
			{"audience.access-token", "an access token was sent instead of the ID Token"},
			{"audience.environment", "the client ID belongs to another environment"},
		}
	case CodeJWKSFetchFailed:
		return []Cause{
			{"keys.url", "the environment URL is wrong, so that discovery or its jwks_uri leads nowhere"},
			{"keys.inactive", "the environment is not active"},
			{"keys.unreachable", "the provider could not be reached in time, or answered with something that is not a JWK Set; try Test Connection"},
		}
	case CodeTokenExpired:
		return []Cause{
			{"expired.session", "the session was not refreshed, so an old ID Token was sent again"},
			{"expired.kept", "the refresh response had no ID Token, and the first one was kept"},
			{"expired.clock", "the clock of this machine is ahead by more than the leeway"},
		}
	case CodeInvalidToken:
		return []Cause{
			{"token.kind", "what was sent is not an ID Token of this provider: an access token, a logout token, a fragment"},
			{"token.signature", "the token was changed in transit, or signed with a key that the provider does not publish"},
			{"token.claims", "a required claim is missing or has the wrong type"},
		}
	}
	return nil
}
