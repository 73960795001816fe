import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  children: ReactNode;
  /** What is shown instead of what cannot be drawn. @param again tries once more */
  fallback: (again: () => void) => ReactNode;
  /** What the children show. They are tried again when it is another: the row has changed, the person has navigated. */
  about: unknown;
}

interface BoundaryState {
  failed: boolean;
  about: unknown;
}

/**
 * Keeps a fault in its part of the window: without it, React takes everything off the screen when one row cannot be
 * drawn. The error itself goes to the browser's console.
 */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  static getDerivedStateFromError(): Partial<BoundaryState> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ about }: BoundaryProps, state: BoundaryState): BoundaryState | null {
    return Object.is(about, state.about) ? null : { failed: false, about };
  }

  override state: BoundaryState = { failed: false, about: this.props.about };

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback(() => this.setState({ failed: false })) : this.props.children;
  }
}
