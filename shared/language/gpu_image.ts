import type { Remark, Span } from './ask.ts';

/** Images that bring no GPU libraries. */
const WITHOUT_GPU =
  /^(docker\.io\/)?(library\/)?(python|ubuntu|debian|alpine|busybox|node|golang|fedora|rockylinux):?[^/]*$/;

/** Says so where a container that asks for GPUs is made of an image that cannot use them. */
export function plainImage(image: string | undefined, at: Span | undefined): Remark[] {
  if (!image || !at || !WITHOUT_GPU.test(image)) return [];
  return [
    {
      at,
      severity: 'warning',
      code: 'no-gpu-image',
      message: `${image} brings no CUDA or ROCm libraries: the GPUs asked for here are paid for and cannot be used, unless the job installs them.`,
    },
  ];
}
