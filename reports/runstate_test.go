package reports_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestRunState(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 15, 5, 10, 0, time.UTC)
	var c reports.RunState
	plan := &reports.Plan{Cases: make([]reports.PlannedCase, 40)}
	c.Handle(reports.Record{Kind: reports.KindPlan, Plan: plan}, at)
	start := func(id string, now time.Time) {
		c.Handle(reports.Record{Kind: reports.KindStart, Start: &reports.Start{ID: id}}, now)
	}
	judge := func(id string, o reports.Outcome, now time.Time) {
		c.Handle(reports.Record{Kind: reports.KindCase, Case: &reports.Case{ID: id, Outcome: o}}, now)
	}
	start("slow", at)
	start("quick", at.Add(time.Second))
	judge("quick", reports.OutcomeFail, at.Add(time.Second))
	if got := c.Pace(at.Add(2 * time.Second)); got != "" {
		t.Errorf("the pace after one case is %q, want none", got)
	}
	for range 9 {
		judge("another", reports.OutcomePass, at.Add(2*time.Second))
	}
	judge("none", reports.OutcomeSkip, at.Add(2*time.Second))
	if c.Planned != 40 || c.Judged != 11 || c.Bad != 1 || c.Skipped != 1 {
		t.Errorf("the counts are %+v", c)
	}
	if diff := cmp.Diff([]reports.Running{{ID: "slow", Since: at}}, c.Running()); diff != "" {
		t.Errorf("what runs differs (-want +got):\n%s", diff)
	}
	if got, want := c.Pace(at.Add(10*time.Second)), "1.1/s, about 27 s left"; got != want {
		t.Errorf("the pace is %q, want %q", got, want)
	}
	judge("slow", reports.OutcomePass, at.Add(10*time.Second))
	for range 28 {
		judge("another", reports.OutcomePass, at.Add(10*time.Second))
	}
	if _, ok := c.Left(at.Add(10 * time.Second)); ok || len(c.Running()) != 0 {
		t.Error("something is left of a run whose cases are all judged")
	}
}
