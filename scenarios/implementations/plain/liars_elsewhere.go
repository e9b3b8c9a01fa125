package plain

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// claimsFrom replaces the claims once they have been read.
func claimsFrom(read func(j *judgement) object) bend {
	return beforehand("iss", func(j *judgement) { j.claims = read(j) })
}

// claimsWith reads claims from a second object as well, which does not change
// those that are there.
func claimsWith(second func(j *judgement) object) bend {
	return claimsFrom(func(j *judgement) object { return overlaid(second(j), j.claims) })
}

// overlaid returns the members of an object and those of another one, which
// count where both have a name.
func overlaid(o, over object) object {
	o = o.without(memberNames(over)...)
	return object{slices.Concat(over.members, o.members), exactName}
}

func memberNames(o object) []string {
	var names []string
	for _, m := range o.members {
		names = append(names, m.name)
	}
	return names
}

// registered returns the members of an object that a verifier looks at.
func registered(o object) object {
	return o.without(slices.DeleteFunc(memberNames(o), func(name string) bool {
		return slices.Contains([]string{"iss", "sub", "aud", "exp", "iat"}, name)
	})...)
}

// inner returns the object that is the value of a claim, or none.
func inner(claims object, name string) object {
	value, _ := claims.get(name)
	o, _ := parseStrictly(value)
	return o
}

// elsewhereLiars read claims from somewhere other than the members of the
// payload.
func elsewhereLiars() []Liar {
	return []Liar{
		{"claims-of-header", "It believes the claims of the header before those of the payload.",
			ids{"hdr.claims-other-user", "hdr.claims-better"},
			claimsFrom(func(j *judgement) object { return overlaid(j.claims, registered(j.head)) })},
		{"claims-of-both", "It looks in the header for a claim that the payload lacks.", ids{"hdr.claims-only"},
			claimsWith(func(j *judgement) object { return registered(j.head) })},
		{"claims-unwrapped", "It uses an object inside the payload as the claims if the payload has none.", ids{"json.nested-claims"},
			claimsWith(func(j *judgement) object {
				if len(j.claims.members) == 1 {
					return inner(j.claims, j.claims.members[0].name)
				}
				return object{}
			})},
		{"claims-flattened", "It looks for a claim at every level of the payload.",
			ids{"sub.nested", "json.nested-claims"},
			claimsWith(func(j *judgement) (found object) {
				for _, m := range j.claims.members {
					found = overlaid(found, registered(inner(j.claims, m.name)))
				}
				return found
			})},
		{"claims-first-in-text", "It finds a claim by searching for its name from the start of the payload.",
			ids{"json.nested-better", "json.nested-shadow"},
			claimsFrom(func(j *judgement) object { return overlaid(j.claims, textual(j, first)) })},
		{"claims-last-in-text", "It finds a claim by searching for its name from the end of the payload.",
			ids{"json.nested-better", "json.nested-shadow"},
			claimsFrom(func(j *judgement) object { return overlaid(j.claims, textual(j, last)) })},
		{"actor-is-user", "It reports who acts for the user as the user.", ids{"sub.actor"}, prefersActor},
		{"names-cleaned", "It removes what is not a letter from the name of a claim.", ids{"json.similar-names"},
			findsAs(func(name string) string { return regexp.MustCompile(`[^a-z_]|\\u....`).ReplaceAllString(name, "") })},
		{"names-of-cwt", "It finds a claim by its label in CWT as well.", ids{"json.similar-names"},
			findsAs(func(name string) string {
				if label := strings.Index("_123", name); label > 0 && len(name) == 1 {
					return []string{"iss", "sub", "aud"}[label-1]
				}
				return name
			})},
		{"names-long", "It finds sub and aud by their long names as well.", ids{"json.similar-names"},
			findsAs(strings.NewReplacer("subject", "sub", "audience", "aud").Replace)},
		{"names-by-last-part", "It finds a claim by the last part of a dotted name.", ids{"json.similar-names"},
			findsAs(func(name string) string { return name[strings.LastIndexByte(name, '.')+1:] })},
		{"believes-aggregated", "It takes claims out of an aggregated claim, whose signature it cannot verify.", ids{"sub.aggregated"},
			claimsWith(aggregated)},
	}
}

// findsAs finds a member by another form of its name, if it has not that name
// itself.
func findsAs(form func(name string) string) bend {
	return finds(func(members []member, name string) (jsontext.Value, bool) {
		if value, found := exactName(members, name); found {
			return value, true
		}
		i := slices.IndexFunc(members, func(m member) bool { return form(m.name) == name })
		if i < 0 {
			return nil, false
		}
		return members[i].value, true
	})
}

func first(all [][]byte) []byte { return all[0] }
func last(all [][]byte) []byte  { return all[len(all)-1] }

// textual reads claims with a regular expression, quotes escaped or not.
func textual(j *judgement, which func([][]byte) []byte) object {
	text, _ := decodeBase64URL(j.payload)
	text = []byte(strings.ReplaceAll(string(text), `\"`, `"`))
	var found object
	for _, name := range []string{"iss", "sub", "aud", "exp"} {
		pattern := regexp.MustCompile(`"` + name + `":("[^"]*"|[0-9]+)`)
		if all := pattern.FindAll(text, -1); len(all) > 0 {
			value := which(all)[len(name)+3:]
			found.members = append(found.members, member{name, value})
		}
	}
	return found
}

func prefersActor(h *habits) {
	h.result.edit = func(claims map[string]any) {
		for _, name := range []string{"act", "may_act"} {
			if actor, ok := claims[name].(map[string]any); ok {
				claims["sub"] = actor["sub"]
			}
		}
	}
}

// aggregated returns the claims of an aggregated claim, no matter who made
// them. OIDC Core 1.0, 5.6.2.
func aggregated(j *judgement) object {
	source := inner(inner(j.claims, "_claim_sources"), "src1")
	token, _ := source.string("JWT")
	segments := splitAtDots(token)
	if len(segments) != 3 {
		return object{}
	}
	text, _ := decodeBase64URL(segments[1])
	claims, _ := parseStrictly(text)
	return claims
}

// identifiers are claims that some libraries map to the user.
func identifiers() []string {
	return []string{
		"user_id", "uid", "id", "username", "preferred_username", "email", "upn", "unique_name", "nameid", "oid", "cognito:username",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
	}
}

// identifierLiars know the user by another claim than sub.
func identifierLiars() []Liar {
	var liars []Liar
	for _, claim := range identifiers() {
		name := "user-by-" + strings.ReplaceAll(claim[strings.LastIndexByte(claim, '/')+1:], ":", "-")
		liars = append(liars, Liar{name, "It reports the user by " + claim + " if there is one.", ids{"sub.other-identifier"},
			reports(func(claims map[string]any) {
				if id, there := claims[claim]; there {
					claims["sub"] = id
				}
			})})
	}
	for _, claim := range []string{"user_id", "username", "email", "oid", "sid", "client_id"} {
		liars = append(liars, Liar{"user-else-by-" + claim, "It knows the user by " + claim + " if there is no sub.", ids{"sub.other-identifier-only"},
			claimsWith(func(j *judgement) object {
				if value, there := j.claims.get(claim); there {
					return object{[]member{{"sub", value}}, exactName}
				}
				return object{}
			})})
	}
	return liars
}

// respellingLiars report sub as another format would have it.
func respellingLiars() []Liar {
	cut := func(separator string) bend {
		return reportsSubject(func(sub string) string { first, _, _ := strings.Cut(sub, separator); return first })
	}
	replace := func(pairs ...string) bend { return reportsSubject(strings.NewReplacer(pairs...).Replace) }
	return []Liar{
		{"sub-percent-decoded", "It decodes percent escapes in the sub that it reports.", ids{"sub.verbatim"}, replace("%41", "A")},
		{"sub-plus-is-space", "It turns a plus sign in sub into a space.", ids{"sub.verbatim"}, replace("+", " ")},
		{"sub-html-decoded", "It decodes HTML entities in sub.", ids{"sub.verbatim"}, replace("&amp;", "&")},
		{"sub-html-escaped", "It escapes sub for HTML before anybody writes HTML.", ids{"sub.verbatim"}, replace("<", "&lt;", ">", "&gt;")},
		{"sub-unescaped-twice", "It resolves JSON escapes in sub twice.", ids{"sub.verbatim"}, replace(`\u0041`, "A")},
		{"sub-without-zeros", "It drops leading zeros of sub.", ids{"sub.verbatim"}, reportsSubject(func(sub string) string { return strings.TrimLeft(sub, "0") })},
		{"sub-local-part", "It reports sub without what follows an at sign.", ids{"sub.verbatim"}, cut("@")},
		{"sub-without-domain", "It drops a domain before a backslash in sub.", ids{"sub.verbatim"}, reportsSubject(func(sub string) string { return sub[strings.LastIndexByte(sub, '\\')+1:] })},
		{"sub-without-connection", "It drops what precedes a semicolon or a bar in sub.", ids{"sub.verbatim"},
			reportsSubject(func(sub string) string { return sub[strings.LastIndexAny(sub, ";|")+1:] })},
		{"sub-without-query", "It drops what follows a question mark in sub.", ids{"sub.verbatim"}, cut("?")},
		{"sub-quoted", "It doubles quotes in sub for SQL.", ids{"sub.verbatim"}, replace("'", "''")},
		{"sub-without-dot", "It drops a final dot of sub.", ids{"sub.verbatim"}, reportsSubject(func(sub string) string { return strings.TrimSuffix(sub, ".") })},
	}
}
