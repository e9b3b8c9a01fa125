package reports

import (
	"regexp"
	"strings"
)

// redacted replaces what may be secret. It is valid in a URL and a shell, so
// that a command with it can be completed by hand.
const redacted = "REDACTED"

// secretName ends the name of what is secret.
const secretName = `(?:password|passwd|secret|token|api[-_]?key|credentials?)`

var (
	urlPattern = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s'"` + "`" + `<>]+`)

	// A value of a query ends with the next member, or with the URL.
	queryPattern = regexp.MustCompile(`([?&][^=&#]*=)[^&#]+`)

	// NAME=VALUE and --name VALUE, where the name ends as that of a secret does.
	namedPattern = regexp.MustCompile(`(?i)(\b[\w-]*` + secretName + `=|--?[\w-]*` + secretName + `[= \t]+)("[^"]*"|'[^']*'|[^\s"']+)`)

	// What follows the name of a flag in a message about it.
	prosePattern = regexp.MustCompile(`[= \t](?:is|are|and|or|has|needs|cannot|must|names|takes|to|of|for)$`)

	headerPattern = regexp.MustCompile(`(?i)\b((?:authorization|cookie|\w[\w-]*-(?:api-key|token)):\s*)[^'"\r\n]+`)
)

// Redact replaces in a command line, or a message about one, what may be secret:
// the user and the values of the query of URLs, values whose name tells of a
// password, a token or a key, and header fields with credentials. It does not
// look for tokens, which diagnose.Redact does, and cannot recognize a secret
// that nothing sets apart.
func Redact(s string) string {
	s = urlPattern.ReplaceAllStringFunc(s, redactURL)
	s = namedPattern.ReplaceAllStringFunc(s, func(found string) string {
		if prosePattern.MatchString(found) {
			return found
		}
		return namedPattern.ReplaceAllString(found, "${1}"+redacted)
	})
	return headerPattern.ReplaceAllStringFunc(s, func(found string) string {
		// A place for a token is no secret, and what follows it is the message.
		if field := headerPattern.FindStringSubmatch(found); strings.HasPrefix(found[len(field[1]):], "Bearer {{token}}") {
			return found
		}
		return headerPattern.ReplaceAllString(found, "${1}"+redacted)
	})
}

// redactURL does not parse the URL: one that is malformed has secrets, too.
func redactURL(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	host := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		host = redacted + authority[at:]
	}
	path, query, found := strings.Cut(rest[len(authority):], "?")
	if found {
		query = queryPattern.ReplaceAllString("?"+query, "${1}"+redacted)
		if !strings.Contains(query, "=") {
			query = "?" + redacted
		}
	}
	return scheme + "://" + host + path + query
}
