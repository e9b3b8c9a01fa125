package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
	"github.com/assay-id/assay/verifier/doctor"
)

// charSide is Char's side with the verifier of this program.
type charSide struct {
	ca     string // certificates to trust instead of the system's, in PEM
	logger *slog.Logger
}

// configure returns the verifier for the settings of Char. Without an issuer and
// a client ID it refuses everything.
func (c charSide) configure(s charmock.Settings) (charmock.Verifier, error) {
	if s.Issuer == "" && len(s.ClientIDs) == 0 {
		return unconfigured{}, nil
	}
	cfg, err := implementations.Config(implementations.Setup{
		Issuer: s.Issuer, Audience: s.ClientIDs, AllowLoopbackHTTP: true, CACertificates: c.ca,
	})
	if err != nil {
		return nil, err
	}
	r, err := newRefusals(cfg, c.logger, true)
	if err != nil {
		return nil, errors.New(flagged(diagnose.Redact(err.Error())))
	}
	return charVerifier{r}, nil
}

// charVerifier tells Char's side why it refuses a token.
type charVerifier struct{ *refusals }

func (v charVerifier) Close() { v.verifier.Close() }

func (v charVerifier) Verify(ctx context.Context, idToken string) (charmock.Identity, error) {
	token, err := v.verifier.Verify(ctx, idToken)
	if err != nil {
		return charmock.Identity{}, v.refusal(ctx, idToken, err)
	}
	claims, err := verifier.Claims[struct {
		Organization string `json:"oid"`
		Email        string `json:"email"`
		Name         string `json:"name"`
	}](token)
	if err != nil { // they are of another type, which Char does not check
		return charmock.Identity{UserID: token.Subject}, nil
	}
	return charmock.Identity{
		UserID: token.Subject, OrganizationID: claims.Organization, Email: claims.Email, Name: claims.Name,
	}, nil
}

// refusal returns the documented code of an error, and the causes that fit. Of
// the message nobody learns the token.
func (v charVerifier) refusal(ctx context.Context, idToken string, err error) error {
	e, ok := errors.AsType[*verifier.Error](err)
	if !ok {
		return err
	}
	d, _ := v.refused(ctx, idToken, err).(*reports.Diagnosis)
	out := &charmock.Refusal{
		Code: string(e.Code()), Message: strings.TrimPrefix(d.Message, d.Reason+": "),
	}
	for _, c := range d.Causes[:min(maxCauses, len(d.Causes))] {
		if len(out.Causes) == 0 || c.Fit != string(diagnose.FitUnlikely) {
			out.Causes = append(out.Causes, charmock.Cause{Text: c.Text, Do: c.Do})
		}
	}
	return out
}

// maxCauses is how many causes are told: assay explain tells all.
const maxCauses = 3

// unconfigured is the verifier before anything is configured.
type unconfigured struct{}

func (unconfigured) Close() {}

func (unconfigured) Verify(context.Context, string) (charmock.Identity, error) {
	return charmock.Identity{}, &charmock.Refusal{
		Code: string(verifier.CodeInvalidIssuer), Message: "no issuer is configured yet",
		Causes: []charmock.Cause{{Text: "the SSO configuration is empty", Do: "Enter the issuer URL and the client ID, and save."}},
	}
}

// probe is Test Connection.
func (c charSide) probe(ctx context.Context, issuer string) (charmock.Connection, error) {
	report := doctor.Examine(ctx, doctor.Options{Issuer: issuer, LoopbackHTTP: true, RootCAs: rootCAs(c.ca)})
	found := charmock.Connection{Issuer: report.Issuer, JWKSURI: report.JWKSURI, CannotSee: report.CannotSee}
	for _, check := range report.Checks {
		found.Checks = append(found.Checks, charmock.Check{
			Name: check.Name, Verdict: string(check.Verdict), Found: flagged(check.Found), Do: check.Do,
		})
	}
	if report.Err != nil {
		return found, errors.New(flagged(report.Err.Error()))
	}
	return found, nil
}
