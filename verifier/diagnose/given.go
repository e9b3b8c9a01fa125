package diagnose

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what was given as a token.
type Kind string

// The kinds. Those after KindUnknownJWT are no tokens at all.
const (
	KindIDToken      Kind = "ID Token"
	KindAccessToken  Kind = "access token"
	KindMachineToken Kind = "machine-to-machine token"
	KindInitiated    Kind = "IdP-initiated login token"
	KindLogoutToken  Kind = "logout token"
	KindEncrypted    Kind = "encrypted token"
	KindUnknownJWT   Kind = "JWT of another kind"
	KindFragment     Kind = "part of a token"
	KindNothing      Kind = "nothing"
	KindSecret       Kind = "client secret"
	KindIdentifier   Kind = "identifier"
	KindRefreshToken Kind = "refresh token"
	KindResponse     Kind = "token response"
	KindURL          Kind = "URL"
	KindOpaque       Kind = "opaque text"
)

// given is what was pasted.
type given struct {
	kind   Kind   // empty if it may be a token
	what   string // more exactly, such as "a user ID"
	token  string // the token in it, without what surrounds it
	faults []causeName
}

// prefixes are those of Scalekit's identifiers and secrets.
var prefixes = []struct {
	prefix string
	kind   Kind
	what   string
}{
	{"skc_", KindIdentifier, "a client ID"},
	{"prd_skc_", KindIdentifier, "a client ID of production"},
	{"m2morg_", KindIdentifier, "the client ID of an organization"},
	{"m2m_", KindIdentifier, "the client ID of a registered client"},
	{"sks_", KindIdentifier, "the ID of a client secret"},
	{"usr_", KindIdentifier, "a user ID"},
	{"org_", KindIdentifier, "an organization ID"},
	{"ses_", KindIdentifier, "a session ID"},
	{"conn_", KindIdentifier, "a connection ID"},
	{"res_", KindIdentifier, "a resource ID"},
	{"env_", KindIdentifier, "an environment ID"},
	{"tkn_", KindIdentifier, "the ID of a token"},
	{"snk_", KindIdentifier, "a key ID"},
	{"apit_", KindIdentifier, "the ID of an API token"},
	{"rt_", KindRefreshToken, "a refresh token"},
	{"test_", KindSecret, "a client secret"},
	{"live_", KindSecret, "a client secret"},
	{"whsec_", KindSecret, "the secret of a webhook"},
}

var (
	hexadecimal = regexp.MustCompile(`^[0-9a-f]{40}$`)
	idTokenIn   = regexp.MustCompile(`"id_token"\s*:\s*"([^"]*)"`)
	encodedDot  = regexp.MustCompile(`(?i)%2e`)
	beforeToken = regexp.MustCompile(`(?i)^(authorization\s*:\s*)?bearer(\s+|:\s*|%20)|^authorization\s*:\s*`)
)

// inspect says what was pasted, and finds the token in it.
func inspect(raw string) given {
	g := given{token: raw}
	if strings.TrimFunc(raw, invisible) == "" {
		return given{kind: KindNothing, what: "no text", faults: []causeName{pasteEmpty}}
	}
	if match := idTokenIn.FindStringSubmatch(raw); match != nil {
		g.faults, g.token = append(g.faults, pasteResponse), match[1]
		return g
	}
	if binary(raw) {
		g.kind, g.what = KindOpaque, "not text"
		return g
	}
	g.unwrap()
	if kind, what := recognize(g.token); kind != "" {
		g.kind, g.what = kind, what
		return g
	}
	if strings.ContainsFunc(g.token, invisible) {
		g.faults = append(g.faults, pasteLineBreaks)
		g.token = strings.Map(visible, g.token)
	}
	if plain := g.token; strings.ContainsAny(plain, "=+/") && strings.Count(plain, ".") == 2 {
		g.faults = append(g.faults, pasteBase64)
		g.token = strings.NewReplacer("=", "", "+", "-", "/", "_").Replace(plain)
	}
	return g
}

// unwrap takes off what surrounds a token.
func (g *given) unwrap() {
	const marks = "\"'`“”‘’"
	for {
		text := g.token
		if trimmed := strings.TrimFunc(text, invisible); trimmed != text {
			g.fault(pasteLineBreaks)
			text = trimmed
		}
		if found := beforeToken.FindString(text); found != "" {
			g.fault(pasteBearer)
			text = text[len(found):]
		}
		if trimmed := strings.Trim(text, marks+",;"); trimmed != text {
			g.fault(pasteQuotes)
			text = trimmed
		}
		if rest, found := strings.CutPrefix(text, "id_token="); found {
			g.fault(pasteParameter)
			text, _, _ = strings.Cut(rest, "&")
			text, _, _ = strings.Cut(text, ";")
		}
		if strings.HasPrefix(text, "eyJ") && encodedDot.MatchString(text) {
			if plain, err := url.PathUnescape(text); err == nil {
				g.fault(pasteEncoded)
				text = plain
			}
		}
		if text == g.token {
			return
		}
		g.token = text
	}
}

// binary reports whether more than a tenth of what was given is not UTF-8: a
// text in another encoding has a few such bytes.
func binary(raw string) bool {
	wrong := 0
	for i, r := range raw {
		if r == utf8.RuneError && !strings.HasPrefix(raw[i:], "\uFFFD") {
			wrong++
		}
	}
	return wrong > len(raw)/10
}

// fault records a fault once.
func (g *given) fault(name causeName) {
	for _, known := range g.faults {
		if known == name {
			return
		}
	}
	g.faults = append(g.faults, name)
}

// recognize says what a text is that cannot be a token.
func recognize(text string) (Kind, string) {
	if strings.HasPrefix(text, "eyJ") ||
		strings.Count(text, ".") >= 2 && !strings.Contains(text, "://") {
		return "", ""
	}
	for _, p := range prefixes {
		if strings.HasPrefix(text, p.prefix) {
			return p.kind, p.what
		}
	}
	switch {
	case strings.HasPrefix(text, "http://"), strings.HasPrefix(text, "https://"):
		return KindURL, "a URL"
	case hexadecimal.MatchString(text):
		return KindRefreshToken, "a refresh token"
	case strings.HasPrefix(text, "{"):
		return KindOpaque, "JSON"
	case strings.HasPrefix(text, "-----BEGIN"):
		return KindOpaque, "a key or a certificate"
	case !strings.Contains(text, "."):
		return KindOpaque, "a text without the dots of a token"
	}
	return "", ""
}

// invisible reports whether r cannot be seen in a text: white space, a byte
// order mark, a space of no width.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r)
}

// visible removes what is invisible.
func visible(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}
