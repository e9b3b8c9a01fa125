package reproduce

import (
	"slices"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// diagnose diagnoses a token that an application was sent. want is the cause
// that must be found.
func (s *stage) diagnose(app *application, token, want string) {
	if s.err != nil {
		return
	}
	var keys verifier.KeyState
	keys.Set, keys.Err = app.keys.Keys(s.ctx, verifier.KeyQuery{})
	req := diagnose.Request{Token: token, Config: app.cfg, Keys: keys}
	s.explain(diagnose.Diagnose(s.ctx, req), want)
}

// diagnoseAnswer diagnoses an answer of the token endpoint.
func (s *stage) diagnoseAnswer(a answer, want string) {
	if s.err != nil {
		return
	}
	req := diagnose.Request{Config: s.config(s.env)}
	s.explain(diagnose.DiagnoseResponse(s.ctx, []byte(a.body), req), want)
}

// explain adds a diagnosis, among whose causes and warnings want must be, by its
// own name or by that of the documented cause.
func (s *stage) explain(d *diagnose.Diagnosis, want string) {
	causes := slices.DeleteFunc(slices.Concat(d.Causes, d.Warnings), func(c diagnose.Cause) bool {
		return c.Fit == diagnose.FitUnlikely
	})
	found := slices.ContainsFunc(causes, func(c diagnose.Cause) bool {
		return c.Name == want || c.Documented == want
	})
	text := "nothing is wrong"
	switch {
	case d.Refusal != nil:
		text = d.Refusal.Error()
	case len(causes) > 0:
		text = causes[0].Text
	}
	step := reports.ReproductionStep{Phase: reports.PhaseWhy, Text: text, Want: "the cause " + want, OK: found}
	if s.opts.Record != nil {
		step.Diagnosis = s.opts.Record(d)
	}
	s.addStep(step)
}
