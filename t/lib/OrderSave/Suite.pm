package OrderSave::Suite;

# How build.sh runs many test files: prove --harness OrderSave::Suite.
#
# Those in Perl are forks of this process, see OrderSave::Forked; others are run
# as they are. The long ones (a line "# long" in their head) begin first, so that nothing
# runs alone at the end. Those with a browser take turns. As many run at once as
# the machine has time for, see OrderSave::Suite::Scheduler. At the end comes a
# list of those that took longest. What fails has failed: nothing runs twice.

use strict;
use warnings;

use parent 'TAP::Harness';

use List::Util qw(max min);
use OrderSave::Forked ();
use OrderSave::Turns ();

# what a file says of itself before its first statement, and what it uses
sub _traits {
    my ($file) = @_;

    return (0, 0) if $file !~ /\.t$/;
    open my $fh, '<', $file or return (0, 0);
    my $text = do { local $/; <$fh> };
    my ($head) = $text =~ /\A((?:#.*\n|\s*\n)*)/;

    return (scalar $head =~ /^# long$/m, scalar $text =~ /^use OrderSave::Browser\b/m);
}


sub new {
    my ($class, $given) = @_;
    my %args = (%{$given || {}}, scheduler_class => 'OrderSave::Suite::Scheduler');

    # an explicit -j is obeyed
    $OrderSave::Suite::Scheduler::most = $args{jobs};
    $args{jobs} //= OrderSave::Suite::Scheduler::most();

    my $self = $class->SUPER::new(\%args);

    $self->{took} = [];
    $self->callback(parser_args => sub {
        my ($args, $job) = @_;

        return if $job->[0] !~ /\.t$/;
        delete @$args{qw(exec source sources)};
        $args->{iterator} = OrderSave::Forked->new($job->[0]);
    });
    $self->callback(after_test => sub {
        my ($job, $parser) = @_;

        OrderSave::Suite::Scheduler::finished();
        push @{$self->{took}}, [$parser->end_time - $parser->start_time, $job->[1]];
    });

    return $self;
}


sub runtests {
    my ($self, @tests) = @_;
    my (@long, @short, @browser);

    for my $test (@tests) {
        my ($long, $browser) = _traits(ref $test ? $test->[0] : $test);

        push @browser, ref $test ? $test->[0] : $test if $browser;
        push @{$long ? \@long : \@short}, $test;
    }

    # A turn each: one of a sequence runs at a time, beside all others.
    my $turns = OrderSave::Turns::turns();
    my @rows;
    push @{$rows[$_ % $turns]}, $browser[$_] for 0 .. $#browser;
    $self->rules({par => [(map { {seq => $_} } @rows), {par => '**'}]});

    return $self->SUPER::runtests(@long, @short);
}


sub summary {
    my ($self, @args) = @_;
    my @took = sort { $b->[0] <=> $a->[0] } @{$self->{took}};

    if (@took > 1) {
        print "\nWhat took longest:\n";
        printf "%7.1f s  %s\n", @$_ for @took[0 .. min(9, $#took)];
        print "\n";
    }

    return $self->SUPER::summary(@args);
}


package OrderSave::Suite::Scheduler;

# Most files wait more than they work, so five of them for each core keep it
# busy; but beside other work the same number is only a longer queue, in which
# everybody is slower. So: from one for each core and one more, up to five for
# each, one more whenever the machine was idle for a moment, one less whenever it
# was not idle at all.

use strict;
use warnings;

use parent -norequire, 'TAP::Parser::Scheduler';

use List::Util qw(max min);
use POSIX qw(ceil);
use TAP::Parser::Scheduler ();
use Time::HiRes qw(time);

our $most;                      # if it was said, by -j
my ($running, $allowed, $looked, $idled) = (0, undef, 0, 0);


# The first line of a file, split at blanks.
sub _words {
    my ($file) = @_;

    open my $fh, '<', $file or return ();
    return split ' ', scalar <$fh> // '';
}


# Cores of this process, or less where its control group has a quota: of either
# version, and by the path that it has here or, in a container, by none.
sub cores {
    my $cores = `nproc` || 1;
    my @paths = ('');

    if (open my $fh, '<', '/proc/self/cgroup') {
        push @paths, map { m{^(?:0:|\d+:(?:\w+,)*cpu(?:,\w+)*):(/.+)$} } <$fh>;
    }

    for my $path (@paths) {
        my $first = "/sys/fs/cgroup/cpu$path/cpu.cfs";

        for my $limit ([_words("/sys/fs/cgroup$path/cpu.max")],
                       [_words("${first}_quota_us"), _words("${first}_period_us")])
        {
            my ($quota, $period) = @$limit;

            $cores = min($cores, $quota / $period)
                if $period && $quota =~ /^\d+$/;
        }
    }

    return $cores + 0;
}


sub least { return ceil(cores()) + 1 }

sub most { return max(least(), ceil(5 * cores())) }


# Seconds that all cores together were idle since the machine began.
sub idle {
    open my $fh, '<', '/proc/stat' or return;
    my @ticks = split ' ', scalar <$fh>;

    return ($ticks[4] + $ticks[5]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}


sub allowed {
    return $most if defined $most;

    my $now = time;
    $allowed //= least();

    if ($now - $looked >= 1) {
        my $idle = idle() // return $allowed;
        my $part = $looked ? ($idle - $idled) / ($now - $looked) : 0.1;

        $allowed++ if $part > 0.2 && $allowed < most();
        $allowed-- if $part < 0.02 && $allowed > least();
        ($looked, $idled) = ($now, $idle);
    }

    return $allowed;
}


sub get_job {
    my ($self) = @_;

    return TAP::Parser::Scheduler::Spinner->new if $running && $running >= allowed();

    my $job = $self->SUPER::get_job;
    $running++ if $job && !$job->is_spinner;

    return $job;
}


sub finished { $running-- }

1;
