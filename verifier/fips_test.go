package verifier_test

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// In FIPS mode RSA is left to crypto/rsa. The mode is chosen when a process
// starts, so the tests of signatures run once more in another one.
func TestVerifyInFIPSMode(t *testing.T) {
	t.Parallel()
	if fips140.Enabled() {
		t.Skip("this process is in FIPS mode: the other tests are this one")
	}
	const tests = "^(TestRSAKeyInFIPSMode|TestVerifyEveryAlgorithm|TestVerifyRefusesRSASignatures|TestVerifyRefusesECDSASignatures)$"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+tests, "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=on")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"--- PASS: TestRSAKeyInFIPSMode", "--- PASS: TestVerifyEveryAlgorithm/RS512",
		"--- PASS: TestVerifyEveryAlgorithm/PS256", "--- PASS: TestVerifyRefusesRSASignatures",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tests in FIPS mode did not print %q:\n%s", want, out)
		}
	}
}
