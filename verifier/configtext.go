package verifier

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LogValue implements slog.LogValuer. It shows what is configured and never
// the client secret.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.attrs()...) }

// String returns the configuration in one line, without the client secret.
func (c Config) String() string {
	var b strings.Builder
	for i, a := range c.attrs() {
		if i > 0 {
			b.WriteByte(' ')
		}
		if a.Value.Kind() == slog.KindString {
			fmt.Fprintf(&b, "%s=%q", a.Key, a.Value.String())
		} else {
			fmt.Fprintf(&b, "%s=%v", a.Key, a.Value)
		}
	}
	return b.String()
}

// Format implements fmt.Formatter, so that no verb prints the client secret.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// attrs lists what is configured, defaults included.
func (c *Config) attrs() []slog.Attr {
	algorithms := algorithmList(c.Algorithms)
	if len(algorithms) == 0 {
		algorithms = DefaultAlgorithms()
	}
	attrs := []slog.Attr{
		slog.String("issuer", c.Issuer),
		slog.String("audience", strings.Join(c.Audience, " ")),
		slog.String("algorithms", algorithms.String()),
		slog.Duration("leeway", c.leeway()),
		slog.Int("max_token_bytes", c.maxTokenBytes()),
	}
	if len(c.TrustedAudiences) > 0 {
		attrs = append(attrs,
			slog.String("trusted_audiences", strings.Join(c.TrustedAudiences, " ")))
	}
	if c.MaxLifetime > 0 {
		attrs = append(attrs, slog.Duration("max_lifetime", c.MaxLifetime))
	}
	if required := c.Require.names(); len(required) > 0 {
		attrs = append(attrs, slog.String("require", strings.Join(required, " ")))
	}
	if c.Cache.Tokens > 0 {
		attrs = append(attrs, slog.Int("cache_tokens", c.Cache.Tokens))
	}
	if c.Rule != nil {
		attrs = append(attrs, slog.Bool("rule", true))
	}
	if c.Allow.LoopbackHTTP {
		attrs = append(attrs, slog.String("allow", "loopback_http"))
	}
	if len(c.ClientSecret) > 0 {
		attrs = append(attrs, slog.String("client_secret", "set"))
	}
	return attrs
}

// names lists the requirements that are on.
func (r *Requirements) names() []string {
	var names []string
	for _, rule := range [...]struct {
		on   bool
		name string
	}{
		{r.IssuedAt, "issued_at"},
		{r.TrustedAudiences, "trusted_audiences"},
		{r.AuthorizedParty, "authorized_party"},
		{r.IDTokenShape, "id_token_shape"},
		{r.ShortSubject, "short_subject"},
		{r.Organization, "organization"},
		{len(r.Organizations) > 0, "organizations=" + strings.Join(r.Organizations, ",")},
		{len(r.Connections) > 0, "connections=" + strings.Join(r.Connections, ",")},
		{r.SessionID, "session_id"},
		{r.VerifiedEmail, "verified_email"},
	} {
		if rule.on {
			names = append(names, rule.name)
		}
	}
	return names
}
