package diagnose

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// difference says in which way two identifiers differ.
type difference struct {
	name causeName
	text string
}

// compare returns the comparison of a claim with the configured value.
func compare(claim, want, got string, d difference) Comparison {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return Comparison{Claim: claim, Want: clip(want), Got: clip(got), At: at, Difference: d.text}
}

// alike finds the differences that a reader overlooks, which are the same for
// all identifiers.
func alike(want, got string) (difference, bool) {
	switch {
	case strings.Map(visible, want) == strings.Map(visible, got):
		return difference{"white-space", "white space, or a character that cannot be seen"}, true
	case strings.EqualFold(want, got) && skeleton(want) == skeleton(got):
		return difference{"case", "letters of another case"}, true
	case skeleton(want) == skeleton(got):
		return difference{"look-alike", "letters that look alike: " + strangers(want, got)}, true
	}
	return difference{}, false
}

// lookAlikes maps letters of other alphabets, and digits, to the Latin letters
// that they look like.
var lookAlikes = strings.NewReplacer(
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ј", "j", "ѕ", "s", "ԁ", "d", "һ", "h", "к", "k", "м", "m", "т", "t", "в", "b", "н", "h",
	"α", "a", "ο", "o", "ρ", "p", "ν", "v", "ι", "i", "κ", "k", "τ", "t", "ε", "e", "υ", "u", "χ", "x", "η", "n",
	"ı", "i", "ɑ", "a", "ⅼ", "l", "0", "o", "1", "l", "–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-", "／", "/", "：", ":",
)

// skeleton returns what a text looks like.
func skeleton(s string) string {
	return strings.ReplaceAll(lookAlikes.Replace(strings.ToLower(strings.Map(visible, s))), "rn",
		"m")
}

// strangers lists the characters outside ASCII of either text.
func strangers(texts ...string) string {
	var list []string
	for _, s := range texts {
		for _, r := range s {
			if quoted := string(r); r > 0x7F && !slices.Contains(list, quoted) {
				list = append(list, quoted)
			}
		}
	}
	if len(list) == 0 {
		return "digits for letters"
	}
	return strings.Join(list, " ") + " is not ASCII"
}

// compareIssuers says how two issuers differ.
func compareIssuers(want, got string) difference {
	if strings.TrimSuffix(want, "/") == strings.TrimSuffix(got, "/") {
		which := "the token's iss has a trailing slash, the configured issuer has none"
		if strings.HasSuffix(want, "/") {
			which = "the configured issuer has a trailing slash, the token's iss has none"
		}
		return difference{issuerSlash, which}
	}
	if d, ok := alike(want, got); ok {
		d.name = "issuer." + d.name
		return d
	}
	w, g := parse(want), parse(got)
	switch {
	case w.scheme != g.scheme && w.rest() == g.rest():
		if w.scheme == "" {
			return difference{issuerNoScheme, "the configured issuer has no scheme"}
		}
		return difference{issuerScheme, "in the scheme only"}
	case w.host == g.host && w.port != g.port && w.path == g.path:
		return difference{issuerPort, "the port"}
	case w.host == g.host && w.port == g.port && environmentPath(w.path, g.path):
		return difference{issuerEnvironment, "the path, which names an environment"}
	case w.host == g.host && w.port == g.port:
		return difference{issuerPath, "the path"}
	case loopback(w.host) != loopback(g.host):
		return difference{issuerMock, "the host: one is this machine, the other is not"}
	case sameService(w.host, g.host):
		return difference{issuerEnvironment, "the host, which is the one of another environment"}
	case scalekit(w.host) != scalekit(g.host):
		return difference{
			issuerCustomDomain, "the host: one is Scalekit's, the other may be a custom domain",
		}
	}
	return difference{issuerOther, "the host"}
}

// address is an issuer in its parts, as written.
type address struct{ scheme, host, port, path string }

func (a address) rest() string { return a.host + ":" + a.port + a.path }

// parse splits an issuer. One without a scheme is a host with a path.
func parse(issuer string) address {
	text := issuer
	if !strings.Contains(text, "://") {
		text = "//" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return address{path: issuer}
	}
	return address{
		scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port(),
		path: strings.TrimSuffix(u.Path, "/"),
	}
}

// scalekit reports whether a host is one of Scalekit's own domains.
func scalekit(host string) bool {
	for _, domain := range [...]string{"scalekit.com", "scalekit.dev", "scalekit.cloud"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// loopback reports whether a host is the machine itself, where mock environments
// listen.
func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// stages are the words that tell environments apart.
var stages = []string{
	"development", "dev", "staging", "stage", "stg", "testing", "test", "qa", "uat", "preview",
	"preprod", "sandbox", "production", "prod", "prd", "live", "eu", "us",
}

// words splits a host or a path into its words, without those of a stage.
func words(s string) (rest []string, staged bool) {
	for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return strings.ContainsRune(".-_/", r)
	}) {
		if slices.Contains(stages, word) {
			staged = true
		} else {
			rest = append(rest, word)
		}
	}
	return rest, staged
}

// sameService reports whether two hosts are environments of the same service:
// both of Scalekit, or different only in the word for the stage.
func sameService(a, b string) bool {
	if scalekit(a) && scalekit(b) {
		return true
	}
	wordsA, stagedA := words(a)
	wordsB, stagedB := words(b)
	return (stagedA || stagedB) && slices.Equal(wordsA, wordsB)
}

// environmentPath reports whether two paths differ in the word for the stage.
func environmentPath(a, b string) bool {
	_, stagedA := words(a)
	_, stagedB := words(b)
	return a != b && (stagedA || stagedB)
}

// compareClients says how a client ID and an audience differ.
func compareClients(want, got string) difference {
	if d, ok := alike(want, got); ok {
		d.name = "audience." + d.name
		return d
	}
	switch {
	case strings.HasPrefix(want, "sks_"):
		return difference{audienceSecretID, "what is configured is the ID of a client secret"}
	case got == "prd_"+want, want == "prd_"+got:
		return difference{
			audienceEnvironment, "the prefix prd_, which the client IDs of production have",
		}
	case strings.HasPrefix(want, "prd_") != strings.HasPrefix(got, "prd_") && clientIDs(want, got):
		return difference{audienceEnvironment, "one is a client ID of production, the other is not"}
	case strings.HasPrefix(got, want), strings.HasSuffix(got, want):
		return difference{audienceCut, "the configured client ID is a part of the token's aud"}
	case strings.HasPrefix(want, got), strings.HasSuffix(want, got):
		return difference{audienceCut, "the token's aud is a part of the configured client ID"}
	case mistyped(want, got):
		return difference{audienceTypo, "one or two characters, as after a typing mistake"}
	}
	return difference{audienceOther, "it is another identifier"}
}

// clientIDs reports whether both are client IDs of Scalekit.
func clientIDs(a, b string) bool {
	for _, s := range [...]string{a, b} {
		if !strings.HasPrefix(strings.TrimPrefix(s, "prd_"), "skc_") {
			return false
		}
	}
	return true
}

// mistyped reports whether two identifiers of the same length differ in one or
// two characters.
func mistyped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n <= 2
}
