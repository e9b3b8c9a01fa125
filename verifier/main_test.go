package verifier_test

import (
	"testing"

	"go.uber.org/goleak"
)

// No test may leave a goroutine behind: a closed key source has none.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
