package gate_test

import (
	"errors"
	"fmt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

func ExampleJudge() {
	thresholds, err := gate.ParseAll([]string{"wrong == 0", "errors < 0.1%"}, gate.Load)
	if err != nil {
		fmt.Println(err)
		return
	}
	measured := []gate.Series{{
		Labels: map[string]string{gate.LabelSeries: "load"},
		Sample: reports.Sample{Series: "load", Operations: 20_000, Failed: 7, Wrong: 1},
	}}
	judgement := gate.Judge(thresholds, measured)
	for _, t := range judgement.Thresholds {
		fmt.Printf("%-14s %-7s %s\n", t.Expression, t.Verdict, t.Got)
	}
	err = judgement.Conclude(nil)
	fmt.Println(errors.Is(err, gate.ErrMissed), err)
	// Output:
	// wrong == 0     missed  1
	// errors < 0.1%  met     0.035%
	// dropped == 0   met     0
	// true a threshold was missed: wrong == 0: got 1
}
