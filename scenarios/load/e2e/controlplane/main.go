// Controlplane is the API server and the controller manager of Kubernetes in
// one program, for tests: the first argument says which of the two to run, and
// the rest are its flags. Neither needs a cluster, a container or root.
package main

import (
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	server "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	root := &cobra.Command{Use: "controlplane"}
	root.AddCommand(server.NewAPIServerCommand(), controllers.NewControllerManagerCommand())
	os.Exit(cli.Run(root))
}
