package diagnose

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Diagnose says why the token of a request is refused. ctx is passed to
// Config.Rule and Inputs.Redeem, which are called only about a token that has
// passed everything else.
func Diagnose(ctx context.Context, req Request) *Diagnosis {
	req.setTime()
	g := inspect(req.Token)
	// The token in what was given tells more than what surrounds it, but the
	// verdict is on what was given.
	inner := verifier.Examine(ctx, g.token, req.Config, req.Keys, nil)
	f := read(inner.Header, inner.Payload)
	d := &Diagnosis{Assumed: req.assume(f)}
	d.Issuer = req.Config.Issuer
	x := verifier.Examine(ctx, req.Token, req.Config, req.Keys, req.Inputs)
	findings := d.judged(x)
	if g.token != req.Token {
		inner = verifier.Examine(ctx, g.token, req.Config, req.Keys, nil)
		findings = merge(findings, d.judged(inner))
	} else {
		inner = x
	}

	e := &evidence{req: &req, given: g, facts: f, signature: signature(g.token)}
	e.kind, e.marks = g.kind, nil
	if g.kind == "" {
		e.kind, e.marks = f.kind()
	}
	e.key = keyOf(&req, f, findings)
	e.times = timesOf(f, &req)
	e.compare()
	d.Signature = signatureState(inner, findings)
	d.fill(e, findings, newRedactor(&req, &g))
	return d
}

// setTime makes Now and the clock of the configuration agree.
func (r *Request) setTime() {
	switch {
	case r.Now.IsZero() && r.Config.Now != nil:
		r.Now = r.Config.Now()
	case r.Now.IsZero():
		r.Now = time.Now()
	}
	now := r.Now
	r.Config.Now = func() time.Time { return now }
}

// assume takes what is not configured from the token, and says what that is.
func (r *Request) assume(f facts) []string {
	var assumed []string
	if r.Config.Issuer == "" {
		r.Config.Issuer = f.text("iss")
		assumed = append(assumed, "issuer")
	}
	if len(r.Config.Audience) == 0 {
		r.Config.Audience = f.audience()
		assumed = append(assumed, "client ID")
	}
	return assumed
}

// judged returns the findings of an examination, without mistakes in what was
// assumed: they are the token's, not the configuration's.
func (d *Diagnosis) judged(x *verifier.Examination) []verifier.Finding {
	return slices.DeleteFunc(slices.Clone(x.Findings), func(f verifier.Finding) bool {
		if f.Check != verifier.CheckConfig || f.Err == nil {
			return false
		}
		return f.Err.Claim == "Issuer" && slices.Contains(d.Assumed, "issuer") ||
			f.Err.Claim == "Audience" && slices.Contains(d.Assumed, "client ID")
	})
}

// merge returns the findings about what was given up to the first failure, and
// those about the token in it from there on.
func merge(outer, inner []verifier.Finding) []verifier.Finding {
	first := slices.IndexFunc(outer, func(f verifier.Finding) bool { return f.Err != nil })
	if first < 0 {
		return outer
	}
	list := slices.Clone(outer[:first+1])
	after := slices.IndexFunc(inner, func(f verifier.Finding) bool {
		return f.Check == outer[first].Check
	})
	return append(list, inner[after+1:]...)
}

// signature decodes the last segment as far as it is base64url.
func signature(token string) []byte {
	i := strings.LastIndexByte(token, '.')
	text := token[i+1:]
	if len(text)%4 == 1 { // no base64 has this length: it was cut
		text = text[:len(text)-1]
	}
	sig, _ := base64.RawURLEncoding.DecodeString(text)
	return sig
}

// signatureState says what is known of the signature.
func signatureState(x *verifier.Examination, findings []verifier.Finding) Signature {
	if x.Verified {
		return SignatureVerified
	}
	for _, f := range findings {
		if f.Err != nil &&
			(f.Check == verifier.CheckSignature || f.Check == verifier.CheckEncoding) {
			return SignatureInvalid
		}
	}
	return SignatureNotChecked
}

// keyOf says which key the token names, and what is known of it.
func keyOf(req *Request, f facts, findings []verifier.Finding) Key {
	_, named := f.header["kid"]
	k := Key{
		Algorithm: clip(f.parameter("alg")), ID: f.parameter("kid"), Named: named,
		State: KeyUnknown,
	}
	if req.Keys.Set != nil {
		for _, info := range req.Keys.Set.Info() {
			if info.Unusable == "" {
				k.Published = append(k.Published, info.KeyID)
			}
		}
	}
	for _, finding := range findings {
		if finding.Check != verifier.CheckKey {
			continue
		}
		switch {
		case finding.Err == nil && finding.Skipped == "":
			k.State = KeyPublished
		case finding.Err == nil:
		case finding.Err.Reason == verifier.ReasonKeyUnusable:
			k.State = KeyUnusable
		case finding.Err.Reason == verifier.ReasonKeyNotFound && slices.Contains(req.Retired, k.ID):
			k.State = KeyRetired
		case finding.Err.Reason == verifier.ReasonKeyNotFound:
			k.State = KeyMissing
		}
	}
	k.ID = clip(k.ID)
	return k
}

// timesOf reads the dates.
func timesOf(f facts, req *Request) Times {
	t := Times{
		Now: req.Now, Expiry: f.date("exp"), IssuedAt: f.date("iat"), NotBefore: f.date("nbf"),
	}
	if !t.Expiry.IsZero() && !t.IssuedAt.IsZero() {
		t.Lifetime = t.Expiry.Sub(t.IssuedAt)
	}
	leeway := req.Config.Leeway
	switch leeway {
	case 0:
		leeway = verifier.DefaultLeeway
	case verifier.NoLeeway:
		leeway = 0
	}
	if !t.Expiry.IsZero() && !req.Now.Before(t.Expiry) {
		t.ExpiredFor = req.Now.Sub(t.Expiry)
		t.ClockError = max(t.ExpiredFor-leeway, 0)
	}
	for _, begin := range [...]time.Time{t.NotBefore, t.IssuedAt} {
		if early := begin.Sub(req.Now); !begin.IsZero() && early > t.EarlyBy {
			t.EarlyBy = early
			t.ClockError = min(leeway-early, 0)
		}
	}
	return t
}

// compare compares the issuer and the audience with the configured ones.
func (e *evidence) compare() {
	add := func(claim, want, got string, d difference) {
		e.comparisons = append(e.comparisons, compare(claim, want, got, d))
		e.differences = append(e.differences, d)
	}
	want, got := e.req.Config.Issuer, e.facts.text("iss")
	if got != "" && want != "" && got != want {
		add("iss", want, got, compareIssuers(want, got))
	}
	audience := e.facts.audience()
	for _, want := range e.req.Config.Audience {
		if slices.Contains(audience, want) {
			return
		}
	}
	for _, got := range audience[:min(len(audience), 4)] {
		for _, want := range e.req.Config.Audience[:min(len(e.req.Config.Audience), 4)] {
			add("aud", want, got, compareClients(want, got))
		}
	}
}

// fill writes what was found, without secrets.
func (d *Diagnosis) fill(e *evidence, findings []verifier.Finding, r redactor) {
	d.Kind, d.Key, d.Times, d.Comparisons = e.kind, e.key, e.times, e.comparisons
	claims := false
	for _, f := range findings {
		claims = claims || f.Check == verifier.CheckIssuer
		step := Step{Check: f.Check, Result: ResultPass, Note: f.Skipped, Err: r.refusal(f.Err)}
		switch {
		case f.Err != nil:
			step.Result = ResultFail
			d.Causes = append(d.Causes, e.rank(f.Check, f.Err)...)
		case f.Skipped != "":
			step.Result = ResultSkip
		}
		step.Unverified = claims && step.Result != ResultSkip && d.Signature != SignatureVerified &&
			f.Check != verifier.CheckKey && f.Check != verifier.CheckSignature
		if d.Refusal == nil {
			d.Refusal = step.Err
		}
		d.Steps = append(d.Steps, step)
	}
	d.Causes = once(d.Causes)
	if d.Refusal == nil && e.kind != KindIDToken {
		for _, c := range e.otherKind(verifier.CheckShape) {
			c.Text += ", and the policy accepts it"
			d.Warnings = append(d.Warnings, c)
		}
	}
	for _, mark := range e.marks {
		d.Marks = append(d.Marks, r.text(mark))
	}
	d.Issuer = r.text(d.Issuer)
	d.Key.ID, d.Key.Algorithm = r.text(d.Key.ID), r.text(d.Key.Algorithm)
	for i := range d.Key.Published {
		d.Key.Published[i] = r.text(clip(d.Key.Published[i]))
	}
	for i := range d.Comparisons {
		c := &d.Comparisons[i]
		c.Want, c.Got, c.Difference = r.text(c.Want), r.text(c.Got), r.text(c.Difference)
	}
	for i := range d.Causes {
		d.Causes[i].Evidence = r.text(d.Causes[i].Evidence)
	}
}

// once returns the list without causes that are in it before. A cause that the
// page documents for one failure and that fits another is listed where it fits.
func once(list []Cause) []Cause {
	fits := make(map[string]bool)
	for _, c := range list {
		fits[c.Documented] = fits[c.Documented] || c.Fit != FitUnlikely
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(list, func(c Cause) bool {
		again := seen[c.Name] || strings.HasPrefix(c.Name, unfounded) && fits[c.Documented]
		seen[c.Name] = true
		return again
	})
}
