package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios"
)

//go:embed kubernetes.yaml
var kubernetesText string

// kubernetesFlags ask for a manifest instead of work.
type kubernetesFlags struct {
	image string
	name  string
	claim string
}

func (k *kubernetesFlags) register(flags *pflag.FlagSet, command string) {
	flags.StringVar(&k.image, "kubernetes", "",
		"print a manifest whose pods do the work with this `image`, which has assay in its PATH: a Job, a ConfigMap with the flags and files, and a NetworkPolicy")
	flags.StringVar(&k.name, "kubernetes-name", "assay-"+command, "`name` of what the manifest makes")
	flags.StringVar(&k.claim, "kubernetes-claim", "",
		"write the parts to the volume of this persistent volume `claim` instead of the logs")
}

// manifest is what the template of the manifest needs. Every string in it is a
// name that was checked, or JSON, which is YAML as well.
type manifest struct {
	Name, Image, Claim string
	Command            string // of assay
	Merge              string // the command that joins the parts
	Count              int
	EachIndex          bool // whether a pod that fails leaves the others alone
	Arguments          string
	Files              []manifestFile
	Targets            []manifestTarget
}

// manifestFile is an entry of the ConfigMap. Text is JSON.
type manifestFile struct{ Key, Text string }

// manifestTarget is what the pods may connect to.
type manifestTarget struct{ Port, CIDR string }

// kubernetesName matches a DNS label, as names of objects are: RFC 1123.
var kubernetesName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// manifest returns the manifest of a command, with the flags that are set.
// share is the flag that has auto/COUNT, replaced has flags that get another
// value, and targets are URLs and addresses that the pods connect to.
func (k *kubernetesFlags) manifest(
	cmd *cobra.Command, args []string, share string, replaced map[string]string, targets []string,
) (string, error) {
	m := manifest{
		Name: k.name, Claim: k.claim, Command: cmd.Name(), Image: asJSON(k.image),
		Merge: "load merge",
	}
	value := cmd.Flag(share).Value.String()
	shard, err := scenarios.ParseShard("1/" + strings.TrimPrefix(value, autoPart+"/"))
	if !strings.HasPrefix(value, autoPart+"/") || err != nil {
		return "", usageHint(fmt.Sprintf("--%s auto/4 is for four pods", share), "--kubernetes needs --%s auto/COUNT, and it is %q", share, value)
	}
	m.Count = shard.Count
	for _, name := range []string{k.name, k.claim} {
		if name != "" && !kubernetesName.MatchString(name) {
			return "", usage("%q is not a name of Kubernetes, want lower-case letters, digits and hyphens", name)
		}
	}
	if cmd.Flag("seed").Value.String() == "" {
		return "", usage("--kubernetes needs --seed, the same in each pod")
	}
	if m.Files, err = settingsOf(cmd, replaced); err != nil {
		return "", err
	}
	for _, target := range targets {
		t, err := manifestTargetOf(target)
		if err != nil {
			return "", err
		}
		if !slices.Contains(m.Targets, t) {
			m.Targets = append(m.Targets, t)
		}
	}
	part := "part:-"
	if k.claim != "" {
		part = "part:/parts/$(JOB_COMPLETION_INDEX).part"
	}
	if share == "shard" {
		m.EachIndex, m.Merge = true, "report merge"
	}
	command := []string{"assay", cmd.Name(), "-o", part}
	for _, arg := range args {
		command = append(command, strings.ReplaceAll(arg, "$(", "$$(")) // not a variable
	}
	m.Arguments = asJSON(command)
	var text bytes.Buffer
	if err := template.Must(template.New("").Parse(kubernetesText)).Execute(&text, m); err != nil {
		return "", err
	}
	return text.String(), nil
}

// manifestTargetOf returns what a pod may connect to for a URL or an address.
func manifestTargetOf(text string) (manifestTarget, error) {
	host, port := "", ""
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		host, port = u.Hostname(), u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
	} else if host, port, err = net.SplitHostPort(text); err != nil {
		return manifestTarget{}, usage("--kubernetes: pods cannot connect to %q", text)
	}
	ip := net.ParseIP(host)
	switch {
	case ip == nil:
		return manifestTarget{Port: port}, nil
	case ip.To4() != nil:
		return manifestTarget{Port: port, CIDR: ip.String() + "/32"}, nil
	}
	return manifestTarget{Port: port, CIDR: `"` + ip.String() + `/128"`}, nil
}

// unshared are flags that are about this machine, and not about the work.
var unshared = []string{
	"output", "format", "verbose", "quiet", "color", "kubernetes", "kubernetes-name", "kubernetes-claim", "help",
}

// settingsOf returns the settings of a command as an assay.yaml, and the files
// that they name.
func settingsOf(cmd *cobra.Command, replaced map[string]string) ([]manifestFile, error) {
	var files []manifestFile
	var failed error
	lines := []string{cmd.Name() + ":"}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || failed != nil || slices.Contains(unshared, f.Name) {
			return
		}
		values := []string{f.Value.String()}
		list, several := f.Value.(pflag.SliceValue)
		if several {
			values = list.GetSlice()
		} else if value, ok := replaced[f.Name]; ok {
			values = []string{value}
		}
		if namesFile(f) {
			for i, name := range values {
				key := fmt.Sprintf("%s-%d", f.Name, i)
				text, err := intake.ReadFile(name, intake.MaxYAML)
				if err != nil {
					failed = usage("--%s: %v", f.Name, err)
					return
				}
				files = append(files, manifestFile{key, asJSON(string(text))})
				values[i] = key
			}
		}
		if several {
			lines = append(lines, "  "+f.Name+": "+asJSON(values))
		} else {
			lines = append(lines, "  "+f.Name+": "+asJSON(values[0]))
		}
	})
	settings := manifestFile{settingsName, "|\n    " + strings.Join(lines, "\n    ")}
	return append([]manifestFile{settings}, files...), failed
}

// asJSON returns v as JSON on one line.
func asJSON(v any) string {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("assay: internal error: " + err.Error()) // strings are JSON
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// soonest replaces a start such as +2m by the time that it means.
func soonest(startAt string) (string, error) {
	after, ok := strings.CutPrefix(startAt, "+")
	if !ok {
		return startAt, nil
	}
	d, err := time.ParseDuration(after)
	if err != nil {
		return "", usage("--start-at is %q, want a time of RFC 3339, or with --kubernetes a duration such as +2m", startAt)
	}
	return time.Now().Add(d).UTC().Truncate(time.Second).Format(time.RFC3339), nil
}

// loadManifest prints the manifest of a load.
func (a *app) loadManifest(cmd *cobra.Command, f loadFlags) error {
	const own = "is about this machine, and --kubernetes about others"
	if err := a.refuse(cmd, "mount a Secret in the printed manifest instead", "would be in a ConfigMap, which is not for secrets", "cert", "key"); err != nil {
		return err
	}
	if err := a.refuse(cmd, "assay load merge -o writes any format", own, "output", "format"); err != nil {
		return err
	}
	if err := a.refuse(cmd, "leave it out, or load from one machine", "needs all answers in one place, and pods share a schedule", "users", "abort", "find-capacity"); err != nil {
		return err
	}
	if err := a.refuse(cmd, "assay idp ctl rotate, for instance, while the pods run", "would be done by each pod, to one environment", "event"); err != nil {
		return err
	}
	if err := a.refuse(cmd, "mount the files in a manifest of your own: --targets and --part go together", "names further files, which are not in a ConfigMap", "targets"); err != nil {
		return err
	}
	if f.opts.URL == "" || f.part.startAt == "" {
		return usageHint("assay load http://192.0.2.7:8081/verify --kubernetes IMAGE --part auto/4 --start-at +2m --seed 1",
			"--kubernetes needs the URL of a target and --start-at")
	}
	start, err := soonest(f.part.startAt)
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.RFC3339, start); err != nil {
		return usage("--start-at is %q, want a time of RFC 3339 or a duration such as +2m", start)
	}
	targets := []string{f.opts.URL}
	if f.target.connection.Address != "" {
		targets[0] = f.target.connection.Address
	}
	if f.target.control != "" && f.target.idpSeed == "" {
		targets = append(targets, f.target.control)
	}
	text, err := f.kubernetes.manifest(cmd, []string{f.opts.URL}, "part", map[string]string{"start-at": start}, targets)
	if err != nil {
		return err
	}
	return a.print(text)
}

// runManifest prints the manifest of a run.
func (a *app) runManifest(cmd *cobra.Command, f *runFlags, patterns []string) error {
	if err := a.refuse(cmd, "assay report merge -o writes any format", "is about this machine, and --kubernetes about others", "output", "format", "write-expectations"); err != nil {
		return err
	}
	var targets []string
	if name := strings.TrimPrefix(f.implementation, bearerPrefix); strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		targets = append(targets, name)
	}
	text, err := f.kubernetes.manifest(cmd, patterns, "shard", nil, targets)
	if err != nil {
		return err
	}
	return a.print(text)
}
