/** The two annotations in which a writer names the commit that it applies. */
export const repositoryAnnotation = 'solewriter.dev/repo'
export const commitAnnotation = 'solewriter.dev/commit'
