package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// slurmConf is a cluster on one host: a controller, and four daemons with a node
// each. It has the directory of the test, the host, and the ports.
const slurmConf = `ClusterName=assay
SlurmctldHost=%[2]s(127.0.0.1)
SlurmctldPort=%[3]s
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge.socket
StateSaveLocation=%[1]s/state
SlurmdSpoolDir=%[1]s/spool-%%n
SlurmctldPidFile=%[1]s/slurmctld.pid
SlurmdPidFile=%[1]s/slurmd-%%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
ReturnToService=2
SlurmctldParameters=enable_configless
`

// startSlurm starts a cluster of four nodes and sets SLURM_CONF.
func startSlurm(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(slurmConf, dir, host, free(t))
	for n := 1; n <= 4; n++ {
		conf += fmt.Sprintf("NodeName=n%d NodeHostname=%s NodeAddr=127.0.0.1 Port=%s CPUs=1 State=UNKNOWN\n", n, host, free(t))
	}
	conf += "PartitionName=all Nodes=n[1-4] Default=YES State=UP\n"
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Setenv("SLURM_CONF", write("slurm.conf", conf))
	key := write("munge.key", strings.Repeat("a key for this test alone, ", 8))
	socket := filepath.Join(dir, "munge.socket")
	daemon(t, "/usr/sbin/munged", "--foreground", "--force", "--key-file="+key, "--socket="+socket,
		"--pid-file="+dir+"/munge.pid", "--log-file="+dir+"/munge.log", "--seed-file="+dir+"/munge.seed", "--num-threads=1")
	until(t, "munged listens", func() bool { _, err := os.Stat(socket); return err == nil })
	daemon(t, "/usr/sbin/slurmctld", "-D", "-c")
	for n := 1; n <= 4; n++ {
		daemon(t, "/usr/sbin/slurmd", "-D", "-N", fmt.Sprintf("n%d", n))
	}
	until(t, "four nodes are idle", func() bool {
		out, _ := exec.CommandContext(t.Context(), "sinfo", "--noheader", "--Node", "--format=%T").Output()
		return strings.Count(string(out), "idle\n") == 4
	})
	return dir
}

// A job array of Slurm sends a load in four parts, one on each node.
func TestSlurm(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("starting jobs as their users needs root")
	}
	dir := startSlurm(t)
	command := append([]string{binary(t, "ASSAY"), "load"}, service(t, "127.0.0.1")...)
	command = append(command, "--part", "auto/4", "--start-at", starts(8*time.Second), "-o", "part:-")
	script := filepath.Join(dir, "job.sh")
	text := "#!/bin/sh\necho on $SLURMD_NODENAME, task $SLURM_ARRAY_TASK_ID\nexec"
	for _, arg := range command {
		text += " '" + arg + "'"
	}
	if err := os.WriteFile(script, []byte(text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	// The numbers of an array are the user's: here 2, 4, 6 and 8.
	out, err := exec.CommandContext(t.Context(), "sbatch", "--wait", "--array=2-8:2", "--chdir="+dir, "--output="+dir+"/task-%a.out", script).CombinedOutput()
	t.Logf("sbatch: %s", out)
	if err != nil {
		t.Errorf("sbatch: %v", err)
	}
	var logs strings.Builder
	for task := 2; task <= 8; task += 2 {
		log, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("task-%d.out", task)))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(log), "\n")
		t.Logf("task %d, %d bytes: %s", task, len(log), first)
		logs.Write(log)
	}
	code, report := assay(t, logs.String(), "load", "merge", "-")
	checkMerged(t, code, report, 4)
}
