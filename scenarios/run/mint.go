package run

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// mint makes everything that is presented: it fills in the templates of the
// scenario, forges tokens and gets them out of flows over HTTP. It also
// configures the environment and the verifiers, whose configuration is full of
// templates.
type mint struct {
	place    *place
	choices  *scenarios.Choices // of which claims the good token has
	variant  map[string]string  // nil for a scenario without
	tokens   map[string]string  // keyed by the names that steps give
	sessions map[string]session // keyed by the names that steps give
	fillers  sync.Pool          // of *filler

	lifetime time.Duration // of the good token; zero means five minutes
	serial   string        // the jti of the good token, unless empty

	mu       sync.Mutex
	issueErr error // from changing a token that was issued; guarded by mu
}

// minted is a token with what was changed in it.
type minted struct {
	compact string
	draft   forge.Draft // without the change
	after   forge.Token
	changes []string
}

// goodNonce is the nonce of every login whose case says nothing of it, if the
// implementation does without none.
const goodNonce = "n-7LfbjeFAb2Q9sDkZ"

// goodToken returns the draft of the baseline: the header that Scalekit sends,
// the required claims, and five minutes to live.
func (mt *mint) goodToken(key *keyring.Key) forge.Draft {
	now := mt.place.clock.now()
	claims := keyring.Object{
		{Name: "iss", Value: mt.place.issuer},
		{Name: "sub", Value: mt.place.env.User().ID},
		{Name: "aud", Value: mt.place.client.ID},
		{Name: "exp", Value: now.Add(cmp.Or(mt.lifetime, 5*time.Minute)).Unix()},
		{Name: "iat", Value: now.Unix()},
	}
	if mt.choices.Requires("azp") {
		claims = append(claims, keyring.Member{Name: "azp", Value: mt.place.client.ID})
	}
	if mt.choices.Requires("nonce") {
		claims = append(claims, keyring.Member{Name: "nonce", Value: goodNonce})
	}
	if mt.serial != "" {
		claims = append(claims, keyring.Member{Name: "jti", Value: mt.serial})
	}
	return forge.NewDraft(key, claims)
}

// mint makes the token that a scenario describes. n counts repetitions.
func (mt *mint) token(ctx context.Context, t *scenarios.Token, n int) (minted, error) {
	if t == nil {
		t = &scenarios.Token{}
	}
	if t.Flow != "" {
		return mt.mintInFlow(ctx, t, n)
	}
	key, err := mt.signer(t.Key, scope{n: n})
	if err != nil {
		return minted{}, err
	}
	if key == nil {
		key = mt.place.keys[scenarios.DefaultKey]
	}
	return mt.forge(mt.goodToken(key), t, n)
}

// signer returns the key of a name that may be empty: nil then.
func (mt *mint) signer(t scenarios.KeyName, in scope) (*keyring.Key, error) {
	name, err := mt.render(t.Template, in)
	if err != nil || name == "" {
		return nil, err
	}
	key, err := mt.place.key(name)
	return key, mt.mistake(t.Place(), err)
}

// forge makes a token of a draft and the changes of t.
func (mt *mint) forge(draft forge.Draft, t *scenarios.Token, n int) (minted, error) {
	change, err := mt.change(draft, t, n)
	if err != nil {
		return minted{}, err
	}
	if err := mt.signsOther(&change, draft, t, n); err != nil {
		return minted{}, err
	}
	m := minted{draft: draft, changes: mt.describe(t, change)}
	if m.after, err = draft.Forge(change); err != nil {
		return minted{}, mt.mistake(placeOfForging(t), err)
	}
	m.compact = m.after.String()
	if t.Compact != nil {
		if m.compact, err = mt.render(*t.Compact, scope{
			draft: &draft, finished: &m.after, n: n,
		}); err != nil {
			return minted{}, err
		}
	}
	return m, nil
}

// signsOther fills in what is signed instead of the segments, which the
// templates may show.
func (mt *mint) signsOther(change *forge.Change, draft forge.Draft, t *scenarios.Token, n int) error {
	if t.Sign.Input == nil && t.Sign.Encoded == nil {
		return nil
	}
	segments, err := draft.Forge(*change)
	if err != nil {
		return mt.mistake(placeOfForging(t), err)
	}
	in := scope{draft: &draft, finished: &segments, n: n}
	for _, of := range []struct {
		t   *scenarios.Template
		dst *[]byte
	}{{t.Sign.Input, &change.Signing.Input}, {t.Sign.Encoded, &change.Signing.Encoded}} {
		text, err := mt.renderOptional(of.t, in)
		if err != nil {
			return err
		}
		if text != nil {
			*of.dst = []byte(*text)
		}
	}
	return nil
}

// change fills in the changes of t.
func (mt *mint) change(draft forge.Draft, t *scenarios.Token, n int) (forge.Change, error) {
	in := scope{draft: &draft, n: n}
	var change forge.Change
	var err error
	patch := func(set, added scenarios.Members, drop []string) forge.Patch {
		p := forge.Patch{Drop: present(draft, drop)}
		if err == nil {
			p.Set, err = mt.object(set, in)
		}
		if err == nil {
			p.Append, err = mt.object(added, in)
		}
		return p
	}
	text := func(t *scenarios.Template) []byte {
		if t == nil || err != nil {
			return nil
		}
		var s string
		s, err = mt.render(*t, in)
		return []byte(s)
	}
	change.Header = patch(t.Header, t.HeaderAppend, t.HeaderWithout)
	change.Claims = patch(t.Claims, t.Append, t.Without)
	change.HeaderText = text(t.HeaderText)
	change.PayloadText = text(t.PayloadText)
	change.TamperHeader = patch(t.Tamper.Header, nil, nil)
	change.TamperClaims = patch(t.Tamper.Claims, nil, t.Tamper.Without)
	change.TamperPayload = text(t.Tamper.PayloadText)
	change.Signing.Secret = text(t.Sign.Secret)
	change.Signing.Alg = string(text(&t.Sign.Alg.Template))
	change.Signing.PSS = forge.PSSFault(text(&t.Sign.PSS.Template))
	change.Encoding = forge.Encodings{
		Header: forge.Encoding(text(&t.Encode.Header.Template)), Payload: forge.Encoding(text(&t.Encode.Payload.Template)),
		Signature: forge.Encoding(text(&t.Encode.Signature.Template)),
	}
	if err == nil {
		change.Signing.Key, err = mt.signer(t.Sign.Key, in)
	}
	if err != nil {
		return change, err
	}
	for _, t := range t.Signature {
		edit, err := mt.render(t.Template, in)
		if err != nil {
			return change, err
		}
		if edit != "" {
			change.Signature = append(change.Signature, forge.SignatureEdit(edit))
		}
	}
	return change, nil
}

// present returns drop without the claims that the good token has only for an
// implementation that requires them, if draft lacks them.
func present(draft forge.Draft, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(drop), func(name string) bool {
		_, has := draft.Claims.Get(name)
		return !has && slices.Contains(scenarios.RequirableClaims(), name)
	})
}

// placeOfForging returns where the author of t asks for what cannot be forged
// from every token and key.
func placeOfForging(t *scenarios.Token) scenarios.Place {
	places := []scenarios.Place{
		placeOf(t.Sign.Encoded), t.Sign.PSS.Place(), t.Sign.Alg.Place(), t.Sign.Key.Place(), t.Encode.Signature.Place(), t.Encode.Payload.Place(), t.Encode.Header.Place(), t.Key.Place(),
	}
	for _, edit := range t.Signature {
		places = append([]scenarios.Place{edit.Place()}, places...)
	}
	return cmp.Or(places...)
}

// placeOf returns the place of a template that may be missing.
func placeOf(t *scenarios.Template) scenarios.Place {
	if t == nil {
		return scenarios.Place{}
	}
	return t.Place()
}

// describe says in words what t changes, one change an entry.
func (mt *mint) describe(t *scenarios.Token, change forge.Change) []string {
	var d describer
	if t.Flow != "" {
		d.add("token from a real %s flow over HTTP", t.Flow)
	}
	if t.Use == "access_token" {
		d.add("the access token instead of the ID Token")
	}
	if key, err := mt.render(t.Key.Template, scope{}); err == nil && key != "" {
		d.add("signed by the key %s", key)
	}
	d.patch("header", change.Header)
	d.patch("claim", change.Claims)
	if t.HeaderText != nil {
		d.add("header text: %s", cut(string(change.HeaderText)))
	}
	if t.PayloadText != nil {
		d.add("payload text: %s", cut(string(change.PayloadText)))
	}
	switch {
	case t.Sign.Secret != nil:
		d.add("signed with %s and a secret that is %s",
			change.Signing.Alg, cut(t.Sign.Secret.String()))
	case t.Sign.Alg.String() != "":
		d.add("signed with %s", change.Signing.Alg)
	}
	if t.Sign.Key.String() != "" {
		d.add("signed by the key %s, which the header does not name", t.Sign.Key)
	}
	if change.Signing.PSS != "" {
		d.add("signed with a form of PSS that JWS does not allow: %s", change.Signing.PSS)
	}
	if t.Sign.Input != nil {
		d.add("signed over %s instead of the segments", cut(t.Sign.Input.String()))
	}
	if t.Sign.Encoded != nil {
		d.add("the private key is applied to %s", cut(hex.EncodeToString(change.Signing.Encoded)))
	}
	for _, edit := range change.Signature {
		d.add("signature: %s", edit)
	}
	d.encoding("header", change.Encoding.Header)
	d.encoding("payload", change.Encoding.Payload)
	d.encoding("signature", change.Encoding.Signature)
	d.patch("after signing, header", change.TamperHeader)
	d.patch("after signing, claim", change.TamperClaims)
	if t.Tamper.PayloadText != nil {
		d.add("after signing, payload text: %s", cut(string(change.TamperPayload)))
	}
	if t.Compact != nil {
		d.add("the finished token is written as %s", cut(t.Compact.String()))
	}
	return d.list
}

// describer collects sentences.
type describer struct{ list []string }

func (d *describer) add(format string, args ...any) {
	d.list = append(d.list, fmt.Sprintf(format, args...))
}

func (d *describer) patch(what string, p forge.Patch) {
	for _, name := range p.Drop {
		d.add("%s %s is left out", what, name)
	}
	for _, m := range p.Set {
		d.add("%s %s = %s", what, m.Name, jsonText(m.Value))
	}
	for _, m := range p.Append {
		d.add("%s %s = %s is added once more", what, m.Name, jsonText(m.Value))
	}
}

func (d *describer) encoding(segment string, how forge.Encoding) {
	if how != "" {
		d.add("the %s segment is spelled %s", segment, how)
	}
}

// jsonText writes a value for a sentence.
func jsonText(v any) string {
	b, err := keyring.Object{{Name: "v", Value: v}}.MarshalJSON()
	if err != nil {
		return "a value that is no JSON"
	}
	return cut(strings.TrimSuffix(strings.TrimPrefix(string(b), `{"v":`), "}"))
}

// cut shortens a text for a sentence.
func cut(s string) string {
	const limit = 160
	if len(s) <= limit {
		return strings.Clone(s)
	}
	return fmt.Sprintf("%s… (%d bytes)", reports.Excerpt(s, limit), len(s))
}
