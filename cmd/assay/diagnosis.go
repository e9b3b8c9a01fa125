package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// diagnosisRecord returns the record of a diagnosis.
func diagnosisRecord(d *diagnose.Diagnosis) *reports.Diagnosis {
	r := &reports.Diagnosis{
		Verdict: reports.VerdictUnchecked, Signature: string(d.Signature), Given: string(d.Kind), Marks: d.Marks, Assumed: d.Assumed,
		Key: reports.DiagnosisKey{
			Algorithm: d.Key.Algorithm, ID: d.Key.ID, State: string(d.Key.State),
			Published: d.Key.Published,
		},
		Times:  times(d.Times),
		Causes: causeRecords(d.Causes), Warnings: causeRecords(d.Warnings),
		Steps: []reports.DiagnosisStep{},
	}
	switch {
	case d.Refused():
		r.Verdict = reports.VerdictReject
	case d.Accepted():
		r.Verdict = reports.VerdictAccept
	}
	if e := d.Refusal; e != nil {
		r.Code, r.Reason, r.Message = string(e.Code()), string(e.Reason), flagged(e.Error())
		r.Claim, r.Want, r.Got, r.Hint = e.Claim, e.Want, e.Got, flagged(e.Hint)
	}
	if a := d.Response; a != nil {
		r.Response = &reports.DiagnosisResponse{
			Error: a.Error, Tokens: append([]string{}, a.Tokens...), Scope: a.Scope,
			ExpiresInSeconds: a.ExpiresIn.Seconds(), RefreshInSeconds: a.RefreshIn.Seconds(),
		}
	}
	for _, c := range d.Comparisons {
		r.Comparisons = append(r.Comparisons, reports.DiagnosisComparison(c))
	}
	for _, s := range d.Steps {
		step := reports.DiagnosisStep{
			Check: string(s.Check), Verdict: string(s.Result), Unverified: s.Unverified,
			Note: s.Note,
		}
		if s.Err != nil {
			step.Note = flagged(stepNote(s.Err))
		}
		r.Steps = append(r.Steps, step)
	}
	return r
}

// stepNote says why a check failed: the error without its reason, which is often
// the name of the check again.
func stepNote(err *verifier.Error) string {
	return strings.TrimPrefix(err.Error(), string(err.Reason)+": ")
}

func times(t diagnose.Times) reports.DiagnosisTimes {
	date := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	return reports.DiagnosisTimes{
		Now: t.Now, Expiry: date(t.Expiry), IssuedAt: date(t.IssuedAt), NotBefore: date(t.NotBefore),
		ExpiredForSeconds: t.ExpiredFor.Seconds(), EarlyBySeconds: t.EarlyBy.Seconds(), ClockErrorSeconds: t.ClockError.Seconds(),
	}
}

func causeRecords(causes []diagnose.Cause) []reports.DiagnosisCause {
	var list []reports.DiagnosisCause
	for _, c := range causes {
		list = append(list, reports.DiagnosisCause{
			Name: c.Name, Documented: c.Documented, Check: string(c.Check), Fit: string(c.Fit), Text: c.Text, Evidence: c.Evidence, Do: c.Do,
		})
	}
	return list
}

// printDiagnosis prints a diagnosis and returns the exit code for it.
func (a *app) printDiagnosis(d *diagnose.Diagnosis, asJSON, colored bool) error {
	r := diagnosisRecord(d)
	if asJSON {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := a.print(string(text) + "\n"); err != nil {
			return err
		}
	} else if err := reports.WriteDiagnosis(a.stdout, r, colored); err != nil {
		return err
	}
	if d.Refused() {
		return &exitError{code: exitNonconform}
	}
	return nil
}
