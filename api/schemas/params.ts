import joi from 'joi';

/** Parameters that several routes take. Loose on purpose where `src` decides, so that its clearer errors are seen. */
export const params = {
  fileId: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file, such as k3f9qz'),
  }),
  uploadId: joi.object({
    id: joi.string().max(32).required().description('Id of the upload'),
  }),
  linkId: joi.object({ id: joi.string().lowercase().max(32).required().description('Id of the link') }),
  linkToken: joi.object({
    // Whatever it is: a wrong one is a link that is not good.
    token: joi.string().required().description('The secret in the address of the link'),
  }),
  fileAndVersion: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file'),
    n: joi.number().integer().min(1).required().description('Number of the version'),
  }),
  fileAndHandle: joi.object({
    id: joi.string().lowercase().max(32).required().description('Id of the file'),
    handle: joi.string().max(64).required().description('Handle of an account'),
  }),
  folder: joi.object({
    path: joi.string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
  }),
  folderAndHandle: joi.object({
    path: joi.string().max(2048).required().description('Folder path, percent-encoded: %2Fwork%2F2026'),
    handle: joi.string().max(64).required().description('Handle of an account'),
  }),
};
export const tagList = joi.string().allow('').max(4096).description('Tags, separated by commas');
export const folderText = joi.string().max(2048);
export const nameText = joi.string().max(2048);
export const handleText = joi.string().max(64);
export const codeText = joi.string().max(128);
