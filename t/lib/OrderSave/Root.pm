package OrderSave::Root;

# A bare Debian in a folder, for tests of the packages: what build.sh makes is
# put into it, and installed as a shop would. Network and clock are the
# machine's; no systemd runs in it, what its units would start start() does.
#
#     plan skip_all => $_ for OrderSave::Root::lacks();
#     my $root = OrderSave::Root->new;
#     my @debs = $root->make->packages(version => '0.8.99');  # paths within it
#     my ($out, $rc) = $root->inside('nginx -t');
#     $root->start('worker', ['ordersave'], '/usr/sbin/ordersave-worker');

use strict;
use warnings;

use File::Path qw(make_path);
use File::Temp qw(tempdir);
use OrderSave::Patience;
use POSIX qw(:sys_wait_h _exit);

my $owner = $$;
my @made;

# a test that is stopped leaves no Debian behind either
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);


# Why it cannot be made here; nothing when it can.
sub lacks {
    return 'with --full: it makes a bare Debian' if !$ENV{ORDERSAVE_FULL};
    return 'as root' if $>;
    return map { "no $_" } grep { system "command -v $_ >/dev/null" }
        qw(mmdebstrap dpkg-buildpackage lintian);
}


sub new {
    my ($class) = @_;
    my $self = bless {
        dir   => tempdir('ordersave-root-XXXXXX', TMPDIR => 1),
        build => tempdir('ordersave-packages-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        pids  => {},
    }, $class;

    push @made, $self;
    return $self;
}


sub path { return "$_[0]{dir}$_[1]" }


# A shell's line on this machine: (what it said, its exit status), or the first
# alone.
sub outside {
    my ($self, $command) = @_;
    my $out = `( $command ) 2>&1`;

    return wantarray ? ($out, $? >> 8) : $out;
}


# build.sh package: its packages, without those of debug symbols, as paths within
# the root; each `as` is built in a folder of its own, and not in build/, where
# another test may be at work. Dies with what it said. Whoever works on a test may
# name a folder by ORDERSAVE_PACKAGES: what was built there is not built again.
sub packages {
    my ($self, %o) = @_;
    my $name = $o{as} // $o{version} // 'new';
    my $build = ($ENV{ORDERSAVE_PACKAGES} // $self->{build}) . "/$name";
    my @words = map { quotemeta } @{$o{words} // []};

    local $ENV{ORDERSAVE_BUILD} = $build;
    local $ENV{ORDERSAVE_VERSION} = $o{version} // '';

    if (!grep { -f } glob "$build/packages/*.deb") {
        my ($out, $rc) = $self->outside("./build.sh package @words");
        die "packages: $out" if $rc;
    }

    make_path($self->path("/packages/$name"));

    for my $deb (grep { !/-dbgsym_/ } glob "$build/packages/*.deb") {
        system('cp', $deb, $self->path("/packages/$name")) == 0 or die $deb;
    }

    return map { s/^\Q$self->{dir}\E//r } glob $self->path("/packages/$name/*.deb");
}


# The packages as they were before `$part` was split from `$whole`: that has its
# files again, and nobody depends on it. Paths within the root.
sub before {
    my ($self, $part, $whole, @debs) = @_;
    my %at = map { m{/([^/_]+)_[^/]*$} ? ($1 => $self->path($_)) : () } @debs;
    my $to = $self->path('/packages/before');

    make_path($to);

    for my $name (grep { $_ ne $part } sort keys %at) {
        my $tree = "$self->{build}/before-$name";
        my ($out, $rc) = $self->outside("dpkg-deb -R $at{$name} $tree"
            . ($name eq $whole ? " && dpkg-deb -x $at{$part} $tree"
               . " && rm -r $tree/usr/share/doc/$part" : '')
            . " && sed -i -E 's/ *$part \\([^)]*\\),?//; s/, *\$//' $tree/DEBIAN/control"
            . " && dpkg-deb --root-owner-group -b $tree $to");
        die "before: $out" if $rc;
    }

    return map { s/^\Q$self->{dir}\E//r } glob "$to/*.deb";
}


# Debian itself, with this machine's sources and keys of packages, and the least
# that there can be; nothing starts when it is installed.
sub make {
    my ($self) = @_;
    my ($sources) = grep { -f } map { "/etc/apt/$_" } qw(sources.list.d/debian.sources sources.list);
    my ($out, $rc) = $self->outside('mmdebstrap --variant=minbase'
        . " --include=ca-certificates bookworm $self->{dir} $sources");

    die "mmdebstrap: $out" if $rc;
    chmod 0755, $self->{dir};
    $self->write('/usr/sbin/policy-rc.d', "#!/bin/sh\nexit 101\n", 0755);
    $self->outside("cp /etc/resolv.conf $self->{dir}/etc/; "
        . "cp /etc/apt/apt.conf.d/*proxy* $self->{dir}/etc/apt/apt.conf.d/");

    for my $mount ('--bind /dev', '-t proc proc') {
        my ($to) = $mount =~ /(\w+)$/;
        ($out, $rc) = $self->outside("mount $mount $self->{dir}/$to");
        die "mount: $out" if $rc;
    }

    return $self;
}


sub write {
    my ($self, $name, $text, $mode) = @_;

    open my $fh, '>', $self->path($name) or die "$name: $!";
    print {$fh} $text;
    close $fh;
    chmod $mode, $self->path($name) if $mode;

    return $self->path($name);
}


sub read {
    my ($self, $name) = @_;

    open my $fh, '<', $self->path($name) or return undef;
    local $/;

    return scalar(<$fh>) // '';
}


# Becomes a program of the root, with nothing of the test's environment.
sub _enter {
    my ($self, $user, @command) = @_;

    %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
            HOME => '/root', LC_ALL => 'C.UTF-8', DEBIAN_FRONTEND => 'noninteractive');
    exec 'chroot', (map { "--userspec=$_:$_" } @$user), $self->{dir}, @command
        or _exit(127);
}


# A shell's line in the root: (what it said, its exit status), or the first alone.
sub inside {
    my ($self, $command, @user) = @_;
    my $pid = open(my $from, '-|') // die "fork: $!";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        $self->_enter(\@user, 'sh', '-c', $command);
    }

    my $out = do { local $/; <$from> } // '';
    close $from;

    return wantarray ? ($out, $? >> 8) : $out;
}


# apt-get of so many words, quietly; the same answer.
sub apt {
    my ($self, @words) = @_;

    return $self->inside("apt-get -y -qq -o Dpkg::Use-Pty=0 @words");
}


# A service, as `$user` of it or root; its words go to /var/log/NAME.out.
sub start {
    my ($self, $name, $user, @command) = @_;
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $self->path("/var/log/$name.out");
        open STDERR, '>&', \*STDOUT;
        $self->_enter($user, @command);
    }

    $self->{pids}{$name} = $pid;
    return $pid;
}


# What a unit's ExecStart says, as its User.
sub start_unit {
    my ($self, $unit) = @_;
    my $text = $self->read("/lib/systemd/system/$unit.service") // die "no $unit";
    my ($command) = $text =~ /^ExecStart=(.*)$/m;
    my ($user) = $text =~ /^User=(.*)$/m;

    return $self->start($unit, [$user // ()], split ' ', $command);
}


sub running {
    my ($self, $name) = @_;

    return waitpid($self->{pids}{$name}, WNOHANG) == 0;
}


sub signal { my ($self, $name, $signal) = @_; return kill $signal => $self->{pids}{$name} }


# Stops a service, and says whether it stopped by itself.
sub stop {
    my ($self, $name, $signal) = @_;
    my $pid = delete $self->{pids}{$name} or return 1;

    kill $signal // 'TERM', $pid;
    return 1 if await(sub { waitpid($pid, WNOHANG) != 0 });
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return 0;
}


# Files of the root whose names have that word, but for those of the test.
sub files {
    my ($self, $word) = @_;

    return split /\n/, $self->inside("find / -xdev -name '*$word*' -not -path '/proc/*' -not -path '/dev/*' -not -path '/packages/*'");
}


END {
    if ($$ == $owner) {
        local $?;

        for my $root (@made) {
            $root->stop($_) for keys %{$root->{pids}};
            system "umount -l $root->{dir}/proc $root->{dir}/dev 2>/dev/null; rm -rf --one-file-system $root->{dir}";
        }
    }
}

1;
