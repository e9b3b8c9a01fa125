package doctor

import (
	"errors"
	"regexp"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// checkConfig checks the issuer and the client IDs as they are written, and
// reports whether the issuer can be asked at all.
func (e *examination) checkConfig() bool {
	mistake := mistakeIn(e.opts.Issuer, e.opts.LoopbackHTTP)
	if mistake == nil {
		e.report.Checks = append(e.report.Checks, lintIssuer("issuer", e.opts.Issuer))
	} else {
		e.report.Err = mistake
		do := adviceOn(mistake)
		if strings.HasPrefix(e.opts.Issuer, "http://") {
			do += "; for a mock environment on this machine add --allow-loopback-http"
		}
		e.add("issuer", Fail, do, "%s", mistake.Detail)
	}
	e.report.Checks = append(e.report.Checks, lintClientIDs("client ID", e.opts.ClientIDs)...)
	return mistake == nil
}

// mistakeIn returns why the verifier does not take an issuer, or nil. It never
// repeats a token or a secret that was mistaken for one.
func mistakeIn(issuer string, loopbackHTTP bool) *verifier.Error {
	for _, prefix := range []string{"eyJ", "test_", "live_"} {
		if strings.HasPrefix(issuer, prefix) {
			return &verifier.Error{
				Reason: verifier.ReasonConfigInvalid, Claim: "Issuer", Detail: "it is a token or a secret, not a URL",
			}
		}
	}
	remote, err := verifier.NewRemote(issuer, verifier.RemoteConfig{LoopbackHTTP: loopbackHTTP})
	if err == nil {
		_ = remote.Close()
	}
	mistake, _ := errors.AsType[*verifier.Error](err)
	return mistake
}

// adviceOn says what to do about a mistake in an issuer. A hint that names a
// field of the verifier's configuration is not for a user of the doctor.
func adviceOn(mistake *verifier.Error) string {
	if strings.HasPrefix(mistake.Hint, "use ") {
		return mistake.Hint
	}
	return "configure the environment URL, beginning with https://"
}

// lintIssuer checks what a valid issuer is often meant to be without.
func lintIssuer(name, issuer string) Check {
	_, address, _ := strings.Cut(issuer, "://")
	host, _, _ := strings.Cut(address, "/")
	warn := func(found, do string) Check {
		return Check{Name: name, Verdict: Warn, Found: found, Do: do}
	}
	switch {
	case strings.Contains(issuer, "/.well-known/"):
		before, _, _ := strings.Cut(issuer, "/.well-known/")
		return Check{
			Name: name, Verdict: Fail, Found: issuer +
				" is the URL of a document, not of an issuer",
			Do: "configure " + before,
		}
	case strings.HasSuffix(issuer, "/"):
		return warn(issuer+" ends with a slash",
			"remove it, unless the iss of the tokens has it too: the two must be equal")
	case host != strings.ToLower(host):
		return warn(issuer+" has capital letters in its host",
			"write them as the iss of the tokens has them: the two must be equal")
	case strings.HasSuffix(host, ":443"):
		return warn(issuer+" names the default port",
			"remove :443, unless the iss of the tokens has it too: the two must be equal")
	}
	return Check{Name: name, Verdict: Pass, Found: issuer}
}

// scalekitClientID is the form of a client ID of Scalekit.
var scalekitClientID = regexp.MustCompile(`^(prd_)?skc_[0-9]+$`)

// lintClientIDs checks client IDs as they are written.
func lintClientIDs(name string, ids []string) []Check {
	if len(ids) == 0 {
		return []Check{{Name: name, Verdict: Skip, Found: "none is given, so none is checked"}}
	}
	var list []Check
	for _, id := range ids {
		list = append(list, lintClientID(name, id))
	}
	return list
}

func lintClientID(name, id string) Check {
	judge := func(v Verdict, found, do string) Check {
		return Check{Name: name, Verdict: v, Found: found, Do: do}
	}
	switch {
	case id == "":
		return judge(Fail, "it is empty", "configure the client ID, which begins with skc_")
	case strings.TrimSpace(id) != id:
		return judge(Fail, "it has leading or trailing white space",
			"remove the white space: the aud of the tokens has none")
	case scalekitClientID.MatchString(id):
		return judge(Pass, id+" has the form of a client ID; whether it exists cannot be seen", "")
	case strings.HasPrefix(id, "sks_"):
		return judge(Fail, "it begins with sks_: it is the ID of a client secret",
			"configure the client ID, which begins with skc_")
	case strings.HasPrefix(id, "env_") || strings.HasPrefix(id, "org_"):
		return judge(Fail, id+" is the ID of an environment or an organization",
			"configure the client ID, which begins with skc_")
	case strings.Contains(id, "://"):
		return judge(Fail, id+" is a URL: it is the audience of an access token, or the issuer",
			"configure the client ID, which begins with skc_")
	}
	return judge(Warn, "it does not have the form skc_… of Scalekit",
		"compare it with the dashboard of the provider; if it is a client secret, replace the secret, because it has been shown")
}
