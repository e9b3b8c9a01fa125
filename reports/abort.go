package reports

import "fmt"

// Abort is a condition that ended a load before its time.
type Abort struct {
	Condition string `json:"condition"`
	Got       string `json:"got"`

	// ElapsedSeconds is when, since the end of the warm-up. WindowSeconds is
	// the time before that over which the condition held.
	ElapsedSeconds float64 `json:"elapsed_s"`
	WindowSeconds  float64 `json:"window_s"`
}

// String says why and when the load ended.
func (a *Abort) String() string {
	return fmt.Sprintf("aborted after %s: %s held over the last %s: got %s",
		FormatElapsed(seconds(a.ElapsedSeconds)), a.Condition, FormatElapsed(seconds(a.WindowSeconds)), a.Got)
}
