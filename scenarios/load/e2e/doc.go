// Package e2e holds tests alone: loads whose parts are sent by real engines. A
// real API server and Job controller of Kubernetes number the pods of a printed
// manifest, which the test carries out as processes in place of a kubelet; Slurm
// runs a job array on several daemons; and network namespaces are machines that
// share nothing but a link. It is a module of its own, because Kubernetes has a
// thousand packages.
//
// The script run installs what the tests need, builds, and runs them. They use
// loopback and private namespaces alone.
package e2e
