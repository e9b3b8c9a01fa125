package e2e

import (
	"bytes"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// namespace is where the objects of the tests are.
const namespace = "default"

// apply creates the objects of a manifest, strictly, and returns the Job.
func (c *cluster) apply(t *testing.T, manifest string) *batch.Job {
	t.Helper()
	var job *batch.Job
	for document := range strings.SplitSeq(manifest, "\n---\n") {
		var kind meta.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			t.Fatal(err)
		}
		strict := meta.CreateOptions{FieldValidation: "Strict"}
		var err error
		decode := func(into any) {
			if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
				t.Fatal(err)
			}
		}
		switch kind.Kind {
		case "ConfigMap":
			var o core.ConfigMap
			decode(&o)
			_, err = c.client.CoreV1().ConfigMaps(namespace).Create(t.Context(), &o, strict)
		case "NetworkPolicy":
			var o networking.NetworkPolicy
			decode(&o)
			_, err = c.client.NetworkingV1().NetworkPolicies(namespace).Create(t.Context(), &o, strict)
		case "Job":
			var o batch.Job
			decode(&o)
			job, err = c.client.BatchV1().Jobs(namespace).Create(t.Context(), &o, strict)
		default:
			t.Fatalf("the manifest has a %s", kind.Kind)
		}
		if err != nil {
			t.Fatalf("the API server refuses the %s: %v", kind.Kind, err)
		}
		t.Logf("the API server admits the %s", kind.Kind)
	}
	return job
}

// finished waits for the end of a Job and returns whether it is complete.
func (c *cluster) finished(t *testing.T, name string) (complete bool) {
	t.Helper()
	until(t, "job "+name+" ends", func() bool {
		job, err := c.client.BatchV1().Jobs(namespace).Get(t.Context(), name, meta.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, condition := range job.Status.Conditions {
			if condition.Status == core.ConditionTrue && (condition.Type == batch.JobComplete || condition.Type == batch.JobFailed) {
				t.Logf("job %s: %s %s; completed indexes %q, %d succeeded, %d failed", name, condition.Type, condition.Reason,
					job.Status.CompletedIndexes, job.Status.Succeeded, job.Status.Failed)
				complete = condition.Type == batch.JobComplete
				return true
			}
		}
		return false
	})
	return complete
}

// manifest prints a manifest whose image the executor does not need.
func manifest(t *testing.T, args ...string) string {
	t.Helper()
	code, output := assay(t, "", append(args, "--kubernetes", "example/assay:1")...)
	if code != 0 {
		t.Fatalf("assay %s ended with %d", args, code)
	}
	return output
}

// The API server admits what assay prints, the Job controller numbers the pods,
// and their logs are the parts of one load.
func TestKubernetes(t *testing.T) {
	c := startCluster(t)
	target := service(t, "127.0.0.1")

	t.Run("a load", func(t *testing.T) {
		job := c.apply(t, manifest(t, append([]string{"load", "--part", "auto/3", "--start-at", "+12s"}, target...)...))
		if !c.finished(t, job.Name) {
			t.Error("the job failed")
		}
		code, report := assay(t, c.logs(t, job.Name), "load", "merge", "-")
		checkMerged(t, code, report, 3)
	})

	t.Run("a load with a pod that fails", func(t *testing.T) {
		c.kill.Store("1")
		defer c.kill.Store("")
		job := c.apply(t, manifest(t, append([]string{"load", "--kubernetes-name", "failing", "--part", "auto/3", "--start-at", "+12s"}, target...)...))
		if c.finished(t, job.Name) {
			t.Error("the job is complete")
		}
		until(t, "the other pods have ended, too", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.output[job.Name]) == 3
		})
		code, report := assay(t, c.logs(t, job.Name), "load", "merge", "-")
		if code != 4 || !strings.Contains(report, "part 2/3 is missing") || !strings.Contains(report, "part 1/3: it was interrupted") {
			t.Errorf("assay load merge ended with %d, want 4 and why the load is void", code)
		}
	})

	t.Run("a run", func(t *testing.T) {
		// One of the cases fails, which must not end the other shard.
		job := c.apply(t, manifest(t, "run", "aud.missing", "base.minimal", "sig.flip", "--implementation", "liar:decode-only", "--seed", "7", "--shard", "auto/2"))
		c.finished(t, job.Name)
		code, report := assay(t, c.logs(t, job.Name), "report", "merge", "-")
		if code != 3 || !strings.Contains(report, "DONE 3 cases: 2 passed, 1 failed") {
			t.Errorf("assay report merge ended with %d, want 3 and three cases of which one failed", code)
		}
	})
}

// logs returns the output of the pods of a Job, as kubectl logs does.
func (c *cluster) logs(t *testing.T, job string) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var all bytes.Buffer
	for name, log := range c.output[job] {
		t.Logf("pod %s, %d bytes of log", name, len(log))
		all.WriteString(log)
	}
	return all.String()
}
