package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// cluster is a control plane, and an executor of pods in place of a kubelet.
type cluster struct {
	client *kubernetes.Clientset
	kill   atomic.Value // the index of pods that are killed; a string

	mu     sync.Mutex
	output map[string]map[string]string // of each job and pod
}

// token is the credential of the only user.
const token = "a-token-for-this-test-alone"

// startCluster starts etcd, an API server and the Job controller, all on
// loopback, and the executor.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	cert, key := selfSigned(t)
	certFile, keyFile := file("cert.pem", cert), file("key.pem", key)
	clients, peers, port := "http://127.0.0.1:"+free(t), "http://127.0.0.1:"+free(t), free(t)
	daemon(t, "etcd", "--data-dir="+filepath.Join(dir, "etcd"), "--listen-client-urls="+clients, "--advertise-client-urls="+clients,
		"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=default="+peers)
	control := binary(t, "CONTROLPLANE")
	daemon(t, control, "kube-apiserver", "--etcd-servers="+clients, "--secure-port="+port, "--bind-address=127.0.0.1",
		"--tls-cert-file="+certFile, "--tls-private-key-file="+keyFile,
		"--service-account-key-file="+keyFile, "--service-account-signing-key-file="+keyFile,
		"--service-account-issuer=https://kubernetes.local", "--token-auth-file="+file("tokens", token+`,admin,1,"system:masters"`+"\n"),
		"--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount")

	server := "https://127.0.0.1:" + port
	config := clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"test": {Server: server, CertificateAuthority: certFile}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{"admin": {Token: token}},
		Contexts:       map[string]*clientcmdapi.Context{"test": {Cluster: "test", AuthInfo: "admin"}},
		CurrentContext: "test",
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	c := &cluster{output: make(map[string]map[string]string)}
	c.kill.Store("")
	c.client = kubernetes.NewForConfigOrDie(&rest.Config{
		Host: server, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAData: []byte(cert)},
	})
	until(t, "the API server is ready and has the namespace", func() bool {
		_, err := c.client.CoreV1().Namespaces().Get(t.Context(), namespace, meta.GetOptions{})
		return err == nil
	})
	daemon(t, control, "kube-controller-manager", "--controllers=job-controller", "--leader-elect=false", "--secure-port=0", "--kubeconfig="+kubeconfig)
	c.execute(t)
	return c
}

// selfSigned returns a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: pkcs8}))
}

// execute carries out each new pod as a process until the test ends.
func (c *cluster) execute(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		seen := make(map[string]bool)
		for ctx.Err() == nil {
			pods, err := c.client.CoreV1().Pods(namespace).List(ctx, meta.ListOptions{})
			if err != nil {
				continue
			}
			for _, pod := range pods.Items {
				if pod.Status.Phase == core.PodPending && !seen[pod.Name] {
					seen[pod.Name] = true
					running.Go(func() { c.carryOut(ctx, t, &pod) })
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// carryOut runs the command of a pod with its variables and files, keeps its
// output, and reports its phases.
func (c *cluster) carryOut(ctx context.Context, t *testing.T, pod *core.Pod) {
	container := pod.Spec.Containers[0]
	env := variables(pod, container)
	dir, err := c.files(ctx, pod, container)
	if err != nil {
		t.Errorf("pod %s: %v", pod.Name, err)
		return
	}
	defer os.RemoveAll(dir)
	command := make([]string, len(container.Command))
	for i, arg := range container.Command {
		for name, value := range env {
			arg = strings.ReplaceAll(arg, "$("+name+")", value)
		}
		command[i] = arg
	}
	t.Logf("pod %s, index %s: %s", pod.Name, env["JOB_COMPLETION_INDEX"], strings.Join(command, " "))
	c.report(ctx, t, pod, core.PodRunning, 0)
	cmd := exec.CommandContext(ctx, binary(t, "ASSAY"), command[1:]...)
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Errorf("pod %s: %v", pod.Name, err)
		return
	}
	if c.kill.Load() == env["JOB_COMPLETION_INDEX"] {
		_ = cmd.Process.Kill()
	}
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { c.terminate(ctx, pod, cmd.Process, ended) })
	err = cmd.Wait()
	close(ended)
	watching.Wait()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Errorf("pod %s: %v", pod.Name, err)
		return
	}
	job := pod.Labels["job-name"]
	c.mu.Lock()
	if c.output[job] == nil {
		c.output[job] = make(map[string]string)
	}
	c.output[job][pod.Name] = log.String()
	c.mu.Unlock()
	phase := core.PodSucceeded
	if err != nil {
		phase = core.PodFailed
	}
	c.report(ctx, t, pod, phase, int32(cmd.ProcessState.ExitCode()))
}

// terminate asks the process of a pod to end when the pod is deleted.
func (c *cluster) terminate(ctx context.Context, pod *core.Pod, process *os.Process, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(200 * time.Millisecond):
		}
		current, err := c.client.CoreV1().Pods(namespace).Get(ctx, pod.Name, meta.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && current.DeletionTimestamp != nil {
			_ = process.Signal(syscall.SIGTERM)
			return
		}
	}
}

// variables resolves the variables of a container, as a kubelet does.
func variables(pod *core.Pod, container core.Container) map[string]string {
	env := make(map[string]string)
	for _, v := range container.Env {
		env[v.Name] = v.Value
		if v.ValueFrom == nil || v.ValueFrom.FieldRef == nil {
			continue
		}
		path := v.ValueFrom.FieldRef.FieldPath
		for kind, values := range map[string]map[string]string{"annotations": pod.Annotations, "labels": pod.Labels} {
			if name, ok := strings.CutPrefix(path, "metadata."+kind+"['"); ok {
				env[v.Name] = values[strings.TrimSuffix(name, "']")]
			}
		}
	}
	return env
}

// files makes the working directory of a container with what its ConfigMap
// mounts there.
func (c *cluster) files(ctx context.Context, pod *core.Pod, container core.Container) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "assay-pod"); err != nil {
		return "", err
	}
	for _, mount := range container.VolumeMounts {
		for _, volume := range pod.Spec.Volumes {
			if volume.Name != mount.Name || volume.ConfigMap == nil {
				continue
			}
			data, err := c.client.CoreV1().ConfigMaps(namespace).Get(ctx, volume.ConfigMap.Name, meta.GetOptions{})
			if err != nil {
				return dir, err
			}
			name, ok := strings.CutPrefix(mount.MountPath, container.WorkingDir+"/")
			if !ok {
				return dir, fmt.Errorf("%s is not in %s", mount.MountPath, container.WorkingDir)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(data.Data[mount.SubPath]), 0o644); err != nil {
				return dir, err
			}
		}
	}
	return dir, nil
}

// report sets the phase of a pod, unless it is gone.
func (c *cluster) report(ctx context.Context, t *testing.T, pod *core.Pod, phase core.PodPhase, code int32) {
	pods := c.client.CoreV1().Pods(namespace)
	for range 5 { // the Job controller may change it at the same time
		current, err := pods.Get(ctx, pod.Name, meta.GetOptions{})
		if err != nil {
			return
		}
		current.Status.Phase = phase
		if phase != core.PodRunning {
			current.Status.ContainerStatuses = []core.ContainerStatus{{
				Name:  current.Spec.Containers[0].Name,
				State: core.ContainerState{Terminated: &core.ContainerStateTerminated{ExitCode: code, FinishedAt: meta.Now()}},
			}}
			t.Logf("pod %s: %s with %d", pod.Name, phase, code)
		}
		if _, err = pods.UpdateStatus(ctx, current, meta.UpdateOptions{}); err == nil {
			return
		}
	}
	t.Errorf("the phase of pod %s cannot be set", pod.Name)
}
