package scenarios

import "slices"

// Unusual asks for variants in which members of the header and of the payload
// are unusual, which neither excuses nor explains anything that is wrong with
// the token. Each variant has the members header and claims, to be used in
//
//	header_text: '{ {{parameters "typ"}}{{render .header}} }'
//	payload_text: '{ "iss":"{{issuer}}"{{render .claims}} }'
type Unusual struct {
	// But are the names of members that the case needs for itself.
	But []string `yaml:"but"`

	// Legal leaves out what a verifier may refuse.
	Legal bool `yaml:"legal"`
}

// variants returns the variants. The values of one member are spread over them,
// so that each has some members and not all.
func (u Unusual) variants() []Variant {
	const most = 14 // more values than any member has, so that all find their place
	headers, claims := make([]extraMembers, most), make([]extraMembers, most)
	spread := func(texts []extraMembers, members, usual []extraMember) {
		spreadOver(texts, slices.DeleteFunc(members, func(m extraMember) bool {
			return slices.Contains(u.But, m.name) || u.Legal && m.open
		}))
		for _, m := range usual {
			for i := range texts {
				if !slices.Contains(u.But, m.name) {
					texts[i].add(m)
				}
			}
		}
	}
	spread(headers, unusualParameters(), values("typ", `"JWT"`))
	spread(claims, unusualClaims(), slices.Concat(
		values("sub", `"{{subject}}"`), values("aud", `"{{client_id}}"`), values("exp", `{{now "+5m"}}`), values("iat", "{{now}}"),
	))
	var list []Variant
	for i := range most {
		list = append(list, Variant{"header": headers[i].text.String(), "claims": claims[i].text.String()})
	}
	return list
}

// open marks members that a verifier may refuse.
func open(members []extraMember) []extraMember {
	for i := range members {
		members[i].open = true
	}
	return members
}

// unusualParameters returns parameters of the header. The typ of an ID Token is
// one of them, because some verifiers look at it first.
func unusualParameters() []extraMember {
	return slices.Concat(
		values("typ", absent, `"jwt"`, `"application/jwt"`),
		each("true", "test debug trusted verified internal"),
		each(`"x"`, "x5t url tenant env org_id svt"),
		each(`"none"`, "Alg sig auth signature hash"),
		values("ver", "1", `"2.0"`),
		values("use", `"sig"`),
		open(slices.Concat(
			values("cty", `"JWT"`, `"json"`),
			values("jku", `"{{issuer}}/keys"`),
			values("x5u", `"{{issuer}}/cert.pem"`),
			values("x5t#S256", `"x"`),
			values("x5c", `[]`),
			values("enc", `"A256GCM"`),
			values("nonce", `"x"`),
			values("iss", `"{{issuer}}"`),
			values("sub", `"{{subject}}"`),
			values("aud", `"{{client_id}}"`),
			values("exp", `{{now "+1h"}}`),
		)),
	)
}

// unusualClaims returns claims by which verifiers tell tokens, users and
// environments apart, and forms that they may not expect.
func unusualClaims() []extraMember {
	return slices.Concat(
		values("sub", `"admin"`, `"root"`, `"system"`, `"test"`, `"anonymous"`, `"0"`, `"*"`, `"user@example.com"`, `"{{client_id}}@clients"`, `"{{repeat "s" 255}}"`),
		values("aud", `"{{client_id}}"`, `["{{client_id}}","{{client_id}}"]`),
		values("exp", `{{now "+9000h"}}`, `{{now "+5m"}}.5`, `{{now "+5m"}}e0`),
		values("iat", absent, `{{now "-9000h"}}`, `{{now "+1m"}}`, `0`),
		values("nbf", `0`, `{{now}}`),
		each(`"{{client_id}}"`, "azp client_id cid appid"),
		each(`"{{issuer}}"`, "idp identity_provider iss2"),
		each("true", "test debug internal trusted verified valid active authenticated admin is_admin superuser skip bypass anonymous mock"),
		each("false", "secure enabled test email_verified verify"),
		each(`"test"`, "env environment mode stage realm"),
		each(`"x"`, "jti sid oid xoid tid tenant tenant_id org_id hd nonce at_hash c_hash s_hash state sub_type kid session_state email name preferred_username"),
		each(`"admin"`, "role roles groups permissions scope scp"),
		each(`["admin"]`, "role roles groups permissions scope scp cognito:groups"),
		each(`{"sub":"x"}`, "act may_act impersonator actor user sub_id address cnf"),
		each(`{"roles":["admin"]}`, "realm_access resource_access https://hasura.io/jwt/claims __proto__ constructor"),
		values("auth_time", `0`, `{{now}}`, `{{now "-9000h"}}`),
		values("acr", `"0"`, `"1"`, `"urn:mace:incommon:iap:silver"`),
		values("amr", `[]`, `["mfa"]`, `["pwd","otp"]`),
		values("email", `"admin@example.com"`, `null`),
		values("email_verified", `true`),
		values("phone_number_verified", `true`),
		values("updated_at", `{{now "+1h"}}`),
		values("ver", `1`, `"1.0"`, `"2.0"`),
		values("typ", `"ID"`, `"JWT"`, `"Bearer"`),
		values("token_use", `"id"`, `"access"`),
		values("token_type", `"id_token"`),
		values("gty", `"client-credentials"`, `"password"`, `"refresh_token"`),
		values("grant_type", `"client_credentials"`),
		values("alg", `"none"`),
		values("_claim_names", `{"iss":"a"}`),
		values("SUB", `"{{subject}}"`),
		values("AUD", `"{{client_id}}"`),
		values("Iss", `"{{issuer}}"`),
		values("Exp", `{{now "+1h"}}`),
		values("", `1`),
		values("x", `null`, `""`, `[]`, `{}`, `1e300`, `9007199254740993`, `"\u0000"`, `"\ud83d\ude00"`, `"a.b.c"`, `"{{repeat "x" 3600}}"`, `[{{count "#" 200}}]`,
			`{{repeat "[" 20}}{{repeat "]" 20}}`),
	)
}
