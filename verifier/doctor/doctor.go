package doctor

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Verdict is the result of one check.
type Verdict string

// The verdicts. A Warn works today and will cause trouble; a Note is worth
// knowing and asks for nothing; a Skip could not be checked, because something
// before it failed.
const (
	Pass Verdict = "pass"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	Note Verdict = "note"
	Skip Verdict = "skip"
)

// Check is one thing that was looked at.
type Check struct {
	// Name is stable, such as "tls" or "metadata.issuer".
	Name    string
	Verdict Verdict

	// Found says what was seen. It may quote the provider, so escape it before
	// it is printed.
	Found string

	// Do says what to do about a warning or a failure.
	Do string
}

// Report is the result of an examination.
type Report struct {
	// Success, Issuer, JWKSURI and Err are what Test Connection answers:
	// whether metadata and keys could be had, the issuer and the jwks_uri that
	// were discovered, empty if they were not, and the first failure.
	Success bool
	Issuer  string
	JWKSURI string
	Err     error

	Checks []Check

	// CannotSee lists what no examination without a token can find out.
	CannotSee []string
}

// Worst returns Fail if a check failed, otherwise Warn if one warned, and
// otherwise Pass.
func (r *Report) Worst() Verdict {
	worst := Pass
	for _, c := range r.Checks {
		switch {
		case c.Verdict == Fail:
			return Fail
		case c.Verdict == Warn:
			worst = Warn
		}
	}
	return worst
}

// Options say what is examined, and how.
type Options struct {
	// Issuer is the Issuer Identifier, exactly as it is configured.
	Issuer string

	// ClientIDs are looked at for typing errors only: no provider tells whether
	// a client exists.
	ClientIDs []string

	// RootCAs are the authorities to trust. Nil means those of the system.
	RootCAs *x509.CertPool

	// Timeout bounds each fetch, discovery and JWK Set together. Zero means
	// verifier.DefaultFetchTimeout.
	Timeout time.Duration

	// LoopbackHTTP allows http:// to loopback hosts, for a mock environment.
	LoopbackHTTP bool

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// examination is a report in the making.
type examination struct {
	opts   Options
	log    *recorder
	visits []visit // discovery, then the JWK Set
	remote *verifier.Remote
	err    *verifier.Error // why there are no keys
	report Report
}

// Examine examines the connection to an issuer. It returns within two timeouts.
// What goes wrong is in the report.
func Examine(ctx context.Context, opts Options) Report {
	opts.Timeout = cmp.Or(opts.Timeout, verifier.DefaultFetchTimeout)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	e := &examination{opts: opts}
	e.report.CannotSee = cannotSee()
	usable := e.checkConfig()
	if usable {
		transport := verifier.NewTransport(verifier.RemoteConfig{FetchTimeout: opts.Timeout})
		transport.TLSClientConfig.RootCAs = opts.RootCAs
		defer transport.CloseIdleConnections()
		e.log = &recorder{next: transport}
		defer e.fetch(ctx)()
	}
	if len(e.visits) == 0 {
		e.skip("dns", "tcp", "tls", "discovery", "metadata", "jwks", "keys")
		return e.report
	}
	if !e.checkConnection() {
		e.skip("discovery", "metadata", "jwks", "keys")
		return e.report
	}
	if e.checkDiscovery() {
		e.checkMetadata()
	}
	if e.checkKeySet() {
		e.checkKeys()
		e.checkCaching()
	}
	e.checkRedirects()
	e.checkClock()
	e.checkLatency()
	if e.err == nil {
		e.checkDocumentedPath(ctx)
	}
	return e.report
}

// fetch has the verifier find and fetch the keys, through the recorder. The
// returned function ends what the verifier has begun.
func (e *examination) fetch(ctx context.Context) (end func()) {
	remote, err := verifier.NewRemote(e.opts.Issuer, verifier.RemoteConfig{
		Transport: e.log, FetchTimeout: e.opts.Timeout, LoopbackHTTP: e.opts.LoopbackHTTP, UserAgent: "assay-doctor",
	})
	if err != nil {
		panic("doctor: internal error: an issuer that was checked: " + err.Error())
	}
	_, err = remote.Keys(ctx, verifier.KeyQuery{})
	errors.As(err, &e.err)
	e.report.Success, e.report.Err = err == nil, err
	e.remote, e.visits = remote, e.log.visits()
	return func() { _ = remote.Close() }
}

// add adds a check.
func (e *examination) add(name string, v Verdict, do, format string, args ...any) {
	e.report.Checks = append(e.report.Checks, Check{
		Name: name, Verdict: v, Found: fmt.Sprintf(format, args...), Do: do,
	})
}

// skip adds checks that could not be made.
func (e *examination) skip(names ...string) {
	for _, name := range names {
		e.add(name, Skip, "", "not checked, because of the failure above")
	}
}

// failed reports whether the verifier gave up for one of reasons.
func (e *examination) failed(reasons ...verifier.Reason) bool {
	for _, r := range reasons {
		if e.err != nil && e.err.Reason == r {
			return true
		}
	}
	return false
}

// cannotSee lists what is hidden from an examination.
func cannotSee() []string {
	return []string{
		"whether the client ID exists and belongs to this environment: a wrong one passes here and makes every token INVALID_AUDIENCE",
		"whether the application signs its users in at this environment: tokens of another one are INVALID_ISSUER",
		"whether the client secret is right and offline_access is granted: only the token endpoint knows",
		"whether Char reaches the provider from its own network: this is the view of this machine",
	}
}
