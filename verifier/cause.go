package verifier

// Cause is one of the causes that Char's troubleshooting page names for a code.
type Cause struct {
	// Name is stable, such as "issuer.exact". Its first part is the subject.
	Name string

	// Text says what is wrong, in the words of the page.
	Text string

	// Do says what to do about it.
	Do string
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
		return issuerCauses()
	case CodeInvalidAudience:
		return audienceCauses()
	case CodeJWKSFetchFailed:
		return keysCauses()
	case CodeTokenExpired:
		return expiryCauses()
	case CodeInvalidToken:
		return tokenCauses()
	}
	return nil
}

func issuerCauses() []Cause {
	return []Cause{
		{
			Name: "issuer.exact",
			Text: "the issuer is not configured exactly as the token has it: a trailing slash, a port or a letter of another case matters",
			Do:   "Configure the issuer exactly as the provider metadata has it.",
		},
		{
			Name: "issuer.https",
			Text: "the issuer is configured without https://; it must be the full environment URL",
			Do:   "Configure the full environment URL, beginning with https://.",
		},
		{
			Name: "issuer.environment",
			Text: "the token comes from another environment, such as staging against production",
			Do:   "Configure the environment in which users sign in, or let them sign in at the configured one.",
		},
		{
			Name: "issuer.custom-domain",
			Text: "the environment has a custom domain and the token still names the old host, or the reverse",
			Do:   "Configure the host that the provider metadata names now, and let users sign in again.",
		},
	}
}

func audienceCauses() []Cause {
	return []Cause{
		{
			Name: "audience.exact",
			Text: "the client ID (skc_…) is not configured exactly as the token's aud has it",
			Do:   "Copy the client ID from the dashboard of the provider.",
		},
		{
			Name: "audience.access-token",
			Text: "an access token was sent instead of the ID Token",
			Do:   "Send the id_token of the token endpoint's answer, not its access_token.",
		},
		{
			Name: "audience.environment",
			Text: "the client ID belongs to another environment",
			Do:   "Configure the client ID of the environment that the issuer names.",
		},
	}
}

func keysCauses() []Cause {
	return []Cause{
		{
			Name: "keys.url",
			Text: "the environment URL is wrong, so that discovery or its jwks_uri leads nowhere",
			Do:   "Compare the environment URL with the dashboard of the provider, and examine it with Test Connection.",
		},
		{
			Name: "keys.inactive",
			Text: "the environment is not active",
			Do:   "Activate the environment in the dashboard of the provider.",
		},
		{
			Name: "keys.unreachable",
			Text: "the provider could not be reached in time, or answered with something that is not a JWK Set; try Test Connection",
			Do:   "Check the network, the proxy and the certificates on the way to the provider, then Test Connection.",
		},
	}
}

func expiryCauses() []Cause {
	return []Cause{
		{
			Name: "expired.session",
			Text: "the session was not refreshed, so an old ID Token was sent again",
			Do:   "Refresh the session before exp, and pass on the ID Token of the answer.",
		},
		{
			Name: "expired.kept",
			Text: "the refresh response had no ID Token, and the first one was kept",
			Do:   "Pass on the ID Token of each refresh; if the SDK drops it, sign in again before exp.",
		},
		{
			Name: "expired.clock",
			Text: "the clock of this machine is ahead by more than the leeway",
			Do:   "Set the clock of this machine by NTP.",
		},
	}
}

func tokenCauses() []Cause {
	return []Cause{
		{
			Name: "token.kind",
			Text: "what was sent is not an ID Token of this provider: an access token, a logout token, a fragment",
			Do:   "Send the id_token of the token endpoint's answer, whole and unchanged.",
		},
		{
			Name: "token.signature",
			Text: "the token was changed in transit, or signed with a key that the provider does not publish",
			Do:   "Do not trust the token. If it is genuine, pass it on unchanged, and look for a rotation of the provider's keys.",
		},
		{
			Name: "token.claims",
			Text: "a required claim is missing or has the wrong type",
			Do:   "Let the provider issue ID Tokens with the claims that OpenID Connect requires.",
		},
	}
}
