export const usage = `usage: npm run -s cluster -- COMMAND

A local Kubernetes control plane: real etcd, kube-apiserver, kube-controller-manager and kubectl,
no containers. JSON on stdout, progress on stderr.

  up [--name N] [--setup FILE|DIR]... [--with webhook[,flux][,argo-cd]] [--replicas N]
     [--policy FILE] [--repo NAME=DIR]... [-o json]
                  bring a cluster up; print it when everything is ready. With an engine each --repo
                  also stands at an http URL: under git in what is printed, in place of {{git.NAME}}
                  in --setup files, and as an alias of the repository in the policy. On top of
                  argo-cd: argocd-server, argocd-applicationset-controller
  kubeconfig [--name N] (--user U [--group G]... | --service-account NS/NAME [--pod-bound])
                  print the path of a kubeconfig for that identity
  down [--name N]
                  end it and remove all it left
  status [-o json]
                  the clusters that are up
  binaries [--only etcd,kube-apiserver,kube-controller-manager,kubectl,kustomize,helm] [-o json]
                  find them or make them: KUBEBUILDER_ASSETS, PATH, the user's cache directory,
                  official download (not with SOLEWRITER_OFFLINE=1), go build. By name also what
                  engines run (cache or go build only, a quarter of an hour for all):
                  source-controller, kustomize-controller, helm-controller, argocd, miniredis;
                  and a store for objects with its client: versitygw, mc

Without flags: name default, one replica, mode enforce everywhere, writer ci (ci/deployer) on
every --repo, and each engine, whose objects in --setup are the roots.
Exit codes: 0 done, 1 no, 2 usage, 3 could not find out.
`
