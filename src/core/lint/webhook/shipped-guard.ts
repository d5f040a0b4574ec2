/**
 * What manifests/components/enforce/guard.yaml decides by, and a test holds them together. The variable
 * `isAllowedHere` is for others to fill, and so not here.
 */
export const guardVariables: ReadonlyMap<string, string> = new Map([
  [
    'isEmergency',
    `has(request.userInfo.groups) && 'solewriter:emergency' in request.userInfo.groups`,
  ],
  [
    'isController',
    `request.userInfo.username == 'system:serviceaccount:solewriter-system:solewriter-controller' &&
    has(request.userInfo.extra) &&
    'authentication.kubernetes.io/credential-id' in request.userInfo.extra &&
    request.userInfo.extra['authentication.kubernetes.io/credential-id']
    .exists(id, id.startsWith('JTI='))`,
  ],
  [
    'hasSameMetadata',
    `request.operation == 'UPDATE' &&
    object.metadata.?labels == oldObject.metadata.?labels &&
    object.metadata.?annotations == oldObject.metadata.?annotations &&
    object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences &&
    object.metadata.?finalizers == oldObject.metadata.?finalizers`,
  ],
  ['isUnchanged', `variables.hasSameMetadata && object.?webhooks == oldObject.?webhooks`],
  [
    'isOurBundle',
    `variables.hasSameMetadata &&
    request.resource.resource == 'validatingwebhookconfigurations' &&
    request.name == 'solewriter' &&
    has(object.webhooks) && has(oldObject.webhooks) &&
    object.webhooks.size() == oldObject.webhooks.size() &&
    object.webhooks.all(new, oldObject.webhooks.exists(old,
    new.name == old.name &&
    new.clientConfig.?service == old.clientConfig.?service &&
    new.clientConfig.?url == old.clientConfig.?url &&
    new.?rules == old.?rules &&
    new.?failurePolicy == old.?failurePolicy &&
    new.?matchPolicy == old.?matchPolicy &&
    new.?namespaceSelector == old.?namespaceSelector &&
    new.?objectSelector == old.?objectSelector &&
    new.?sideEffects == old.?sideEffects &&
    new.?timeoutSeconds == old.?timeoutSeconds &&
    new.?admissionReviewVersions == old.?admissionReviewVersions &&
    new.?matchConditions == old.?matchConditions))`,
  ],
])

export const guardValidation = `variables.isEmergency || variables.isUnchanged || variables.isAllowedHere ||
    variables.isController && variables.isOurBundle`
