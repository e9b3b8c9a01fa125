package run

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

func TestTemplateFuncsAreThoseOfTheFormat(t *testing.T) {
	t.Parallel()
	funcs := (&mint{place: &place{}}).funcs(new(scope))
	got := slices.Sorted(maps.Keys(funcs))
	var want []string
	for _, f := range scenarios.TemplateFuncs() {
		want = append(want, f.Name)
		if funcs[f.Name] == nil {
			continue // the comparison below reports it
		}
		of := reflect.TypeOf(funcs[f.Name])
		least, most := of.NumIn(), of.NumIn()
		if of.IsVariadic() {
			least, most = least-1, -1
		}
		// The reader may demand less of a variadic function than Go does.
		if f.Least != least || most >= 0 && f.Most != most {
			t.Errorf("%s has %d to %d arguments, the reader says %d to %d",
				f.Name, least, most, f.Least, f.Most)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-documented +provided):\n%s", diff)
	}
}

func TestNowIsAWholeSecondOnARealClock(t *testing.T) {
	t.Parallel()
	for range 3 {
		if got, err := newClock(false).seconds("+5m"); err != nil || strings.Contains(got, ".") {
			t.Errorf("now = %q, %v, want a whole number", got, err)
		}
	}
}
