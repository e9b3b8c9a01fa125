package scenarios

import (
	"slices"
	"strings"
)

// Elsewhere asks for variants in which the value of a claim is everywhere but in
// the claim: in the header, under names that are like its own, and inside other
// claims. Each variant has the members header and claims, as those of [Unusual]
// have.
type Elsewhere struct {
	Claim string `yaml:"claim"`
	Value string `yaml:"value"` // template of the JSON text that is elsewhere

	// Own are templates of the JSON text of the claim itself, with each of which
	// there are variants: absent leaves it out. Empty means absent.
	Own []string `yaml:"own"`

	// Also are further names under which the value is.
	Also []string `yaml:"also"`
}

// variants returns the variants.
func (e Elsewhere) variants() []Variant {
	const most = 3 // so that no place is next to all the others
	headers, claims := make([]extraMembers, most), make([]extraMembers, most)
	spreadOver(headers, e.parameters())
	spreadOver(claims, slices.Concat(e.nested(), e.named()))
	var list []Variant
	for _, own := range e.owns() {
		claim := extraMembers{}
		claim.add(extraMember{name: e.Claim, value: own})
		for i := range most {
			text := claims[i].text.String() + claim.text.String()
			if i == 0 {
				text = claim.text.String() + claims[i].text.String()
			}
			list = append(list, Variant{"header": headers[i].text.String(), "claims": text})
		}
	}
	return list
}

// owns returns what the claim itself is.
func (e Elsewhere) owns() []string {
	if len(e.Own) == 0 {
		return []string{absent}
	}
	return e.Own
}

// object returns the text of an object with the claim.
func (e Elsewhere) object() string { return `{"` + e.Claim + `":` + e.Value + `}` }

// parameters returns members of the header.
func (e Elsewhere) parameters() []extraMember {
	return slices.Concat(
		values(e.Claim, e.Value), values("x-"+e.Claim, e.Value), values(upperFirst(e.Claim), e.Value),
		each(e.object(), "claims payload ext"),
	)
}

// named returns members with a name like that of the claim.
func (e Elsewhere) named() []extraMember {
	n := e.Claim
	words := strings.Split(n, "_")
	camel := words[0]
	for _, word := range words[1:] {
		camel += upperFirst(word)
	}
	names := append([]string{
		strings.ToUpper(n), upperFirst(n), camel, upperFirst(camel), strings.Join(words, ""), strings.Join(words, "-"),
		n + " ", " " + n, n + `\u0000`, n + `\u0000x`, n + `\u200b`, `\ufeff` + n, `\u00a0` + n, n + `\n`, n + `\u0301`,
		strings.Replace(n, "s", `\u017f`, 1), strings.Replace(n, "i", `\u0130`, 1), string(rune(n[0])+0xFEE0) + n[1:],
		"_" + n, n + "_", n + "s", n + "1", n + "2", "x" + n, n[1:], n[:len(n)-1],
		n + "[]", n + "[0]", "$" + n, "$." + n, "@" + n, "#" + n, n + "#en", ":" + n, "/" + n, "." + n, "-" + n, "!" + n, "%" + n,
		"claims." + n, "user." + n, "id_token." + n, "jwt:" + n, "user:" + n, "https://claims.example/" + n, "urn:example:" + n, "custom:" + n,
		"x-" + n, "x_" + n, "token_" + n, "id_token_" + n, "original_" + n, "old_" + n, "new_" + n, "real_" + n, "user_" + n, "verified_" + n, "preferred_" + n,
		n + "_id", n + "_verified", n + "_value", n + ".value", `\"` + n + `\"`, "'" + n + "'",
	}, e.Also...)
	slices.Sort(names)
	var list []extraMember
	for _, name := range slices.Compact(names) {
		if name != n {
			list = append(list, extraMember{name: name, value: e.Value})
		}
	}
	return list
}

// upperFirst returns an ASCII name with its first letter in upper case.
func upperFirst(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// nested returns members that have the claim inside.
func (e Elsewhere) nested() []extraMember {
	object, bare := e.object(), strings.Trim(e.Value, `"`)
	quoted := func(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }
	return slices.Concat(
		each(object, "user claims data profile payload body id_token userinfo token jwt identity subject account person principal"),
		each(object, "act may_act actor cnf ctx context attributes properties metadata app_metadata user_metadata custom extra ext x request session"),
		each(object, "sub_id address verified_claims realm_access authorization_details __proto__ constructor https://claims.example"),
		values("", object), values("*", object), values("0", object), values("deep", `{"a":{"b":`+object+`}}`), values("prototype", `{"__proto__":`+object+`}`),
		values("verified", `{"verification":{},"claims":`+object+`}`),
		each("["+object+"]", "identities users tokens claim_sets"),
		values("attribute_list", `[{"name":"`+e.Claim+`","value":`+e.Value+`}]`),
		values("pairs", `[["`+e.Claim+`",`+e.Value+`]]`),
		values("lists", `{"`+e.Claim+`":[`+e.Value+`]}`),
		each(quoted(object), "json text raw"),
		values("inside", quoted(`","`+e.Claim+`":`+e.Value+`,"`)),
		values("query", quoted(e.Claim+"="+bare)),
		values("_claim_sources", `{"a":{"JWT":"{{base64url "{\"alg\":\"none\"}"}}.{{base64url (render "`+strings.ReplaceAll(strings.ReplaceAll(object, `\`, `\\`), `"`, `\"`)+`")}}."}}`),
		values("_claim_names", `{"`+e.Claim+`":"a"}`),
		values("access_token", `"{{base64url "{\"alg\":\"none\"}"}}.{{base64url (render "`+strings.ReplaceAll(strings.ReplaceAll(object, `\`, `\\`), `"`, `\"`)+`")}}."`),
	)
}
