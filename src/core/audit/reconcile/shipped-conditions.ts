/**
 * The matchConditions of manifests/base/webhook.yaml, by name, and a test holds them together: about
 * a write for which one of them is false nobody is asked.
 */
export const shippedConditions: ReadonlyMap<string, string> = new Map([
  [
    'events',
    `!(request.resource.resource == 'events' && request.resource.group in ['', 'events.k8s.io'])`,
  ],
  [
    'virtual-reviews',
    `!(request.resource.resource + '.' + request.resource.group in [
    'tokenreviews.authentication.k8s.io',
    'selfsubjectreviews.authentication.k8s.io',
    'subjectaccessreviews.authorization.k8s.io',
    'localsubjectaccessreviews.authorization.k8s.io',
    'selfsubjectaccessreviews.authorization.k8s.io',
    'selfsubjectrulesreviews.authorization.k8s.io'])`,
  ],
  [
    'control-plane-leases',
    `!(request.userInfo.username in ['system:kube-controller-manager', 'system:kube-scheduler'] &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('X509SHA256=')) &&
    request.resource.group == 'coordination.k8s.io' &&
    has(request.namespace) && request.namespace == 'kube-system' && has(request.name) &&
    (request.resource.resource == 'leasecandidates' ||
    request.resource.resource == 'leases' &&
    request.name in ['kube-controller-manager', 'kube-scheduler']))`,
  ],
  [
    'controller-manager-accounts',
    `!(request.userInfo.username == 'system:kube-controller-manager' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('X509SHA256=')) &&
    request.operation == 'CREATE' &&
    request.resource.group == '' && request.resource.resource == 'serviceaccounts' &&
    (!has(request.subResource) || request.subResource == 'token') &&
    has(request.namespace) && request.namespace == 'kube-system')`,
  ],
  [
    'api-server',
    `!(request.userInfo.username == 'system:apiserver' &&
    has(request.userInfo.uid) && request.userInfo.uid != '' &&
    has(request.userInfo.groups) && 'system:masters' in request.userInfo.groups &&
    !(has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra) &&
    (request.resource.group in ['rbac.authorization.k8s.io', 'flowcontrol.apiserver.k8s.io',
    'scheduling.k8s.io', 'apiregistration.k8s.io'] ||
    request.resource.group == 'coordination.k8s.io' &&
    has(request.namespace) && request.namespace == 'kube-system'))`,
  ],
  [
    'scheduler-bindings',
    `!(request.userInfo.username == 'system:kube-scheduler' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('X509SHA256=')) &&
    request.resource.group == '' && request.resource.resource == 'pods' &&
    has(request.subResource) && request.subResource == 'binding')`,
  ],
  [
    'node-heartbeats',
    `!(has(request.userInfo.extra) &&
    has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups &&
    has(request.name) && request.userInfo.username == 'system:node:' + request.name &&
    (request.resource.group == 'coordination.k8s.io' &&
    request.resource.resource == 'leases' &&
    has(request.namespace) && request.namespace == 'kube-node-lease' ||
    request.resource.group == '' && request.resource.resource == 'nodes' &&
    (has(request.subResource) ? request.subResource == 'status' :
    request.operation == 'CREATE') ||
    request.resource.group == 'storage.k8s.io' && request.resource.resource == 'csinodes'))`,
  ],
  [
    'node-pods',
    `!(has(request.userInfo.extra) &&
    has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups &&
    request.userInfo.username.startsWith('system:node:') &&
    request.resource.group == '' && has(request.subResource) &&
    request.resource.resource + '/' + request.subResource in
    ['pods/status', 'serviceaccounts/token'])`,
  ],
  [
    'node-controller',
    `!(request.userInfo.username == 'system:serviceaccount:kube-system:node-controller' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    request.operation == 'UPDATE' &&
    request.resource.group == '' && request.resource.resource == 'nodes' &&
    (!has(request.subResource) || request.subResource == 'status'))`,
  ],
  [
    'own-pods',
    `!(has(request.namespace) && request.namespace == 'solewriter-system' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    request.userInfo.username + ' ' + request.resource.resource +
    (request.resource.group == '' ? '' : '.' + request.resource.group) +
    (has(request.subResource) ? '/' + request.subResource : '') in [
    'system:serviceaccount:kube-system:statefulset-controller pods',
    'system:serviceaccount:kube-system:statefulset-controller persistentvolumeclaims',
    'system:serviceaccount:kube-system:statefulset-controller controllerrevisions.apps',
    'system:serviceaccount:kube-system:statefulset-controller statefulsets.apps/status',
    'system:serviceaccount:kube-system:deployment-controller replicasets.apps',
    'system:serviceaccount:kube-system:deployment-controller deployments.apps/status',
    'system:serviceaccount:kube-system:replicaset-controller pods',
    'system:serviceaccount:kube-system:replicaset-controller replicasets.apps/status',
    'system:serviceaccount:kube-system:persistent-volume-binder persistentvolumeclaims',
    'system:serviceaccount:kube-system:persistent-volume-binder persistentvolumeclaims/status',
    'system:serviceaccount:kube-system:endpoint-controller endpoints',
    'system:serviceaccount:kube-system:endpointslice-controller endpointslices.discovery.k8s.io'])`,
  ],
  [
    'own-dead-pods',
    `!(request.userInfo.username in ['system:serviceaccount:kube-system:node-controller',
    'system:serviceaccount:kube-system:pod-garbage-collector'] &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    has(request.namespace) && request.namespace == 'solewriter-system' &&
    request.resource.group == '' && request.resource.resource == 'pods' &&
    (has(request.subResource) ? request.subResource == 'status' :
    request.operation == 'DELETE'))`,
  ],
  [
    'own-stopped-pods',
    `!(has(request.userInfo.extra) &&
    has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups &&
    request.userInfo.username.startsWith('system:node:') &&
    request.operation == 'DELETE' && !has(request.subResource) &&
    request.resource.group == '' && request.resource.resource == 'pods' &&
    has(request.namespace) && request.namespace == 'solewriter-system')`,
  ],
  [
    'own-claims',
    `!(request.userInfo.username == 'system:kube-scheduler' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('X509SHA256=')) &&
    request.operation == 'UPDATE' && !has(request.subResource) &&
    request.resource.group == '' && request.resource.resource == 'persistentvolumeclaims' &&
    has(request.namespace) && request.namespace == 'solewriter-system')`,
  ],
  [
    'own-volumes',
    `!(request.userInfo.username ==
    'system:serviceaccount:kube-system:persistent-volume-binder' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    request.operation == 'UPDATE' &&
    request.resource.group == '' && request.resource.resource == 'persistentvolumes' &&
    has(object.spec.claimRef) && has(object.spec.claimRef.namespace) &&
    object.spec.claimRef.namespace == 'solewriter-system')`,
  ],
  [
    'own-root-certificate',
    `!(request.userInfo.username ==
    'system:serviceaccount:kube-system:root-ca-cert-publisher' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    request.resource.group == '' && request.resource.resource == 'configmaps' &&
    has(request.namespace) && request.namespace == 'solewriter-system' &&
    has(request.name) && request.name == 'kube-root-ca.crt')`,
  ],
  [
    'own-accounts',
    `!(request.userInfo.username ==
    'system:serviceaccount:solewriter-system:solewriter-controller' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI=')) &&
    request.operation in ['CREATE', 'UPDATE'] && !has(request.subResource) &&
    has(request.namespace) && request.namespace == 'solewriter-system' &&
    has(request.name) &&
    (request.resource.group == 'coordination.k8s.io' &&
    request.resource.resource == 'leases' && request.name == 'solewriter-controller' ||
    request.resource.group == '' && request.resource.resource == 'secrets' &&
    request.name == 'solewriter-certs'))`,
  ],
])
