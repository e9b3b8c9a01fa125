package diagnose

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/assay-id/assay/verifier"
)

// evidence is everything that the ranking looks at.
type evidence struct {
	req         *Request
	given       given
	facts       facts
	kind        Kind
	marks       []string
	times       Times
	key         Key
	signature   []byte
	comparisons []Comparison
	differences []difference // of comparisons
}

// rank returns the causes of a failed check, the one that fits best first.
func (e *evidence) rank(check verifier.Check, refusal *verifier.Error) []Cause {
	list := e.pasted(check)
	list = append(list, e.otherKind(check)...)
	known := len(list) > 0
	switch refusal.Reason {
	case verifier.ReasonConfigInvalid:
		list = append(list, e.configuration(refusal)...)
	case verifier.ReasonTokenTooLarge:
		list = append(list, cause(tokenSize, FitCertain, ""))
	case verifier.ReasonMalformedToken:
		if !known {
			list = append(list, cause(tokenMalformed, FitLikely, refusal.Detail))
		}
	case verifier.ReasonUnsupportedTokenType:
		if !known {
			list = append(list, cause(tokenKind, FitCertain, strings.Join(e.marks, ", ")))
		}
	case verifier.ReasonUnsupportedCritical:
		list = append(list, cause(tokenCritical, FitCertain, ""))
	case verifier.ReasonAlgNotAllowed:
		list = append(list, e.algorithm()...)
	case verifier.ReasonInvalidIssuer:
		list = append(list, e.differ("iss")...)
	case verifier.ReasonInvalidAudience, verifier.ReasonInvalidAuthorizedParty:
		list = append(list, e.audience(refusal)...)
	case verifier.ReasonDiscoveryFailed, verifier.ReasonDiscoveryInvalid, verifier.ReasonJWKSFetchFailed, verifier.ReasonJWKSInvalid:
		list = append(list, unavailable(refusal)...)
	case verifier.ReasonKeyNotFound:
		list = append(list, e.missingKey()...)
	case verifier.ReasonKeyUnusable:
		list = append(list, cause(keyUnusable, FitCertain, ""))
	case verifier.ReasonInvalidSignature:
		list = append(list, e.badSignature()...)
	case verifier.ReasonTokenExpired:
		list = append(list, e.expired()...)
	case verifier.ReasonTokenNotYetValid, verifier.ReasonInvalidIssuedAt:
		list = append(list, e.early()...)
	case verifier.ReasonTokenLifetime:
		list = append(list, cause(timeLifetime, FitCertain, ""))
	case verifier.ReasonMissingClaim:
		list = append(list, cause(claimMissing, FitCertain, "it has no "+refusal.Claim))
	case verifier.ReasonMalformedClaim:
		list = append(list, e.malformed(refusal))
	case verifier.ReasonInvalidSubject:
		list = append(list, cause(claimSubject, FitLikely, refusal.Detail))
	case verifier.ReasonPolicy:
		list = append(list, cause(claimPolicy, FitCertain, ""))
	default:
		list = append(list, cause(claimLogin, FitLikely, ""))
	}
	list = append(list, remaining(refusal, list)...)
	for i := range list {
		list[i].Check = check
	}
	slices.SortStableFunc(list, func(a, b Cause) int { return a.Fit.order() - b.Fit.order() })
	return list
}

// order is the place of a fit among the others.
func (f Fit) order() int {
	return slices.Index([]Fit{FitCertain, FitLikely, FitPossible, FitUnlikely}, f)
}

// cause returns a cause with its explanation.
func cause(name causeName, fit Fit, evidence string) Cause {
	e := explain(name)
	return Cause{
		Name: name, Documented: e.documented, Fit: fit, Text: e.text, Evidence: evidence, Do: e.do,
	}
}

// unfounded begins the names of documented causes without a sign of them.
const unfounded = "documented."

// remaining returns those causes of the troubleshooting page that are not in the
// list, so that a reader of that page sees that they do not fit.
func remaining(refusal *verifier.Error, list []Cause) []Cause {
	var rest []Cause
	for _, documented := range refusal.Code().NamedCauses() {
		if refusal.Kind() == verifier.KindConfiguration ||
			slices.ContainsFunc(list, func(c Cause) bool {
				return c.Documented == documented.Name
			}) {
			continue
		}
		rest = append(rest, Cause{
			Name: unfounded + documented.Name, Documented: documented.Name, Fit: FitUnlikely,
			Text: documented.Text, Evidence: "nothing here shows it", Do: documented.Do,
		})
	}
	return rest
}

// configuration returns the causes of a configuration that is refused.
func (e *evidence) configuration(refusal *verifier.Error) []Cause {
	if refusal.Claim == "Issuer" {
		switch address := parse(e.req.Config.Issuer); {
		case address.scheme == "" && address.host != "":
			return []Cause{cause(issuerNoScheme, FitCertain, "")}
		case address.scheme == "http":
			return []Cause{
				cause(issuerScheme, FitCertain, "the configured issuer begins with http://"),
			}
		}
	}
	return []Cause{cause(configMistake, FitCertain, refusal.Claim+": "+refusal.Detail)}
}

// differ returns what differs in a claim.
func (e *evidence) differ(claim string) []Cause {
	var list []Cause
	for i, c := range e.comparisons {
		if c.Claim == claim {
			fit := FitCertain
			switch e.differences[i].name {
			case issuerCustomDomain, issuerMock, issuerOther, audienceOther, issuerEnvironment, audienceEnvironment:
				fit = FitLikely
			}
			list = append(list, cause(e.differences[i].name, fit, c.Difference))
		}
	}
	return list
}

// audience returns the causes of an audience that does not fit.
func (e *evidence) audience(refusal *verifier.Error) []Cause {
	if list := e.differ("aud"); len(list) > 0 {
		return list
	}
	if len(e.facts.audience()) == 0 {
		c := cause(claimMissing, FitCertain, "no aud that can be read")
		c.Documented = "audience.exact"
		return []Cause{c}
	}
	if refusal.Reason == verifier.ReasonInvalidAuthorizedParty {
		return []Cause{cause(audienceOther, FitLikely, refusal.Claim+" names another client")}
	}
	return []Cause{cause(audienceUntrusted, FitCertain, "")}
}

// algorithm returns why an algorithm is not allowed.
func (e *evidence) algorithm() []Cause {
	switch alg := e.key.Algorithm; {
	case strings.EqualFold(alg, "none"):
		return []Cause{cause(algNone, FitCertain, "")}
	case strings.HasPrefix(alg, "HS"):
		return []Cause{cause(algSymmetric, FitCertain, "alg is "+clip(alg))}
	default:
		return []Cause{cause(algNotAllowed, FitCertain, "alg is "+clip(alg))}
	}
}

// unavailable returns why there are no keys.
func unavailable(refusal *verifier.Error) []Cause {
	status, answered := errors.AsType[verifier.StatusError](refusal.Err)
	dns, _ := errors.AsType[*net.DNSError](refusal.Err)
	switch {
	case refusal.Reason == verifier.ReasonDiscoveryInvalid && refusal.Claim == "issuer":
		return []Cause{cause(keysMetadata, FitCertain, "")}
	case refusal.Reason == verifier.ReasonDiscoveryInvalid, refusal.Reason == verifier.ReasonJWKSInvalid:
		return []Cause{cause(keysNotASet, FitCertain, refusal.Detail)}
	case answered:
		return []Cause{
			cause(keysInactive, FitLikely, status.Error()),
			cause(keysURL, FitPossible, "an answer came, with "+status.Error()),
		}
	case dns != nil && dns.IsNotFound:
		return []Cause{
			cause(keysURL, FitCertain, "the name of the host does not exist"),
			cause(keysInactive, FitPossible, ""),
		}
	case errors.Is(refusal.Err, syscall.ECONNREFUSED):
		return []Cause{
			cause(keysURL, FitLikely, "nothing listens there"),
			cause(keysInactive, FitPossible, ""),
		}
	}
	return []Cause{
		cause(keysUnreachable, FitLikely, ""), cause(keysURL, FitPossible, ""),
		cause(keysInactive, FitPossible, ""),
	}
}

// missingKey returns why the key is not there.
func (e *evidence) missingKey() []Cause {
	published := "the set at hand has no key that can be used"
	if len(e.key.Published) > 0 {
		published = "published are " + clip(strings.Join(e.key.Published, ", "))
	}
	if e.key.State == KeyRetired {
		return []Cause{
			cause(keyRetired, FitCertain, "the issuer published the key before; now "+published),
		}
	}
	list := []Cause{cause(keyNotPublished, FitLikely, published)}
	if e.times.ExpiredFor > 0 {
		list = append(list,
			cause(keyRetired, FitPossible, "the token expired "+span(e.times.ExpiredFor)+" ago"))
	}
	return list
}

// badSignature returns why no key verifies the signature.
func (e *evidence) badSignature() []Cause {
	if e.inDER() {
		return []Cause{cause(signatureDER, FitLikely, "it begins as a DER sequence does")}
	}
	return []Cause{
		cause(signatureAltered, FitLikely,
			"a key with this ID is published and does not verify it"),
	}
}

// expired returns why a token is expired.
func (e *evidence) expired() []Cause {
	t := e.times
	if t.Lifetime < 0 {
		return []Cause{cause(timeOrder, FitCertain, "exp is before iat")}
	}
	ago := "it expired " + span(t.ExpiredFor) + " ago"
	if t.Lifetime > 0 {
		ago += ", after a life of " + span(t.Lifetime)
	}
	clock := cause(expiredClock, FitPossible,
		"the clock would have to be ahead by more than "+span(t.ClockError))
	if t.ClockError > 15*time.Minute {
		clock.Fit = FitUnlikely
	}
	return []Cause{
		cause(expiredSession, FitLikely, ago), cause(expiredKept, FitPossible, ago), clock,
	}
}

// early returns why a token is not valid yet.
func (e *evidence) early() []Cause {
	t := e.times
	switch {
	case t.EarlyBy <= 0:
		return []Cause{cause(timeOrder, FitCertain, "")}
	case !t.Expiry.IsZero() && t.NotBefore.After(t.Expiry):
		return []Cause{cause(timeOrder, FitCertain, "nbf is after exp")}
	}
	return []Cause{
		cause(timeBehind, FitLikely,
			"the clock would have to be behind by more than "+span(-t.ClockError)),
	}
}

// malformed returns why a claim cannot be read.
func (e *evidence) malformed(refusal *verifier.Error) Cause {
	const milliseconds = 1e11 // in seconds, the year 5138
	if n, ok := e.facts.number(refusal.Claim); ok && n >= milliseconds {
		return cause(timeMilliseconds, FitCertain,
			refusal.Claim+" as milliseconds is "+
				time.UnixMilli(int64(min(n, 1e17))).UTC().Format(time.RFC3339))
	}
	return cause(claimType, FitCertain, refusal.Claim+": "+refusal.Detail)
}

// span returns a duration as people say it, rounded to two units.
func span(d time.Duration) string {
	d = d.Abs()
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
