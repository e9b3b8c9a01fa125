package doctor_test

import (
	"testing"

	"go.uber.org/goleak"
)

// An examination leaves nothing behind, whatever hangs.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
