package OrderSave::Till;

# A store and a mail server for very many orders: what the demo's do for tens
# of requests a second, these do for thousands, and everything that reaches them
# is a line of a journal. Both are at times as bad as real ones, by the odds that
# they are given, and do not know what asks them.
#
#     my $till = OrderSave::Till->new($dir, seed => 7);
#     $till->store(odds => 0.01);   # port; the journal is $dir/store.journal
#     $till->post(odds => 0.01);    # port; the journal is $dir/post.journal
#     $till->order($id, status => 'completed');     # as the store writes it
#     $till->journal('store');      # its lines
#     @$t{qw(demo sink)} = ($till, $till);          # of OrderSave::Worker
#
# The store has every order of which the number is asked for. Its journal says
# "cancel ID", "fee ID", "code ID CODE" and "refund ID", the mail server's
# "SUBJECT\tADDRESS\tMESSAGE-ID": of each one line for each time.

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(strftime);
use Time::HiRes qw(time);

my $json = JSON::PP->new->canonical->utf8;

sub new {
    my ($class, $dir, %o) = @_;
    return bless {key => 'ck_till:cs_till', dir => $dir, owner => $$, pids => [], began => int time, seed => $o{seed} // 1, orders => {}}, $class;
}

sub url { return "http://127.0.0.1:$_[0]{store_port}" }

sub smtp_port { return $_[0]{post_port} }

sub journal {
    my ($self, $name) = @_;
    open my $fh, '<', "$self->{dir}/$name.journal" or return ();
    chomp(my @lines = <$fh>);
    return @lines;
}

# --- what both have ---

# Calls $take->($socket, \$bytes) whenever something came; what it answers is
# written, and undef hangs up. $begin->() is said first.
sub _serve {
    my ($self, $name, $take, $begin) = @_;
    my $door = IO::Socket::INET->new(Listen => 512, LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1)
        or die "listen: $!";
    my $pid = fork // die "fork: $!";
    if ($pid) {
        push @{$self->{pids}}, $pid;
        return $self->{"${name}_port"} = $door->sockport;
    }
    $SIG{PIPE} = 'IGNORE';
    $SIG{$_} = 'DEFAULT' for qw(TERM INT);
    srand $self->{seed};
    open $self->{out}, '>', "$self->{dir}/$name.journal" or die "journal: $!";
    $self->{out}->autoflush(1);
    eval { $self->_loop($door, $take, $begin) } or print STDERR "$name: $@";
    POSIX::_exit(1);
}

sub _loop {
    my ($self, $door, $take, $begin) = @_;
    my $all = IO::Select->new($door);
    my $end = sub { my ($fh) = @_; $all->remove($fh); delete $self->{read}{$fh}; close $fh };
    my $parent = getppid;
    $self->{timers} = [];
    while (getppid == $parent) {
        my $wait = @{$self->{timers}} ? $self->{timers}[0][0] - time : 5;
        for my $fh ($all->can_read($wait > 0 ? $wait : 0)) {
            if ($fh == $door) {
                my $new = $door->accept or next;
                $all->add($new);
                $self->{read}{$new} = '';
                syswrite $new, $begin->($new) if $begin;
                next;
            }
            my $read = \$self->{read}{$fh};
            if (!sysread $fh, $$read, 65536, length $$read) {
                $end->($fh);
                next;
            }
            my $answer = $take->($fh, $read);
            syswrite $fh, $answer if length($answer // '');
            $end->($fh) if !defined $answer;
        }
        while (@{$self->{timers}} && $self->{timers}[0][0] <= time) {
            (shift @{$self->{timers}})->[1]->();
        }
    }
    return 1;
}

sub _later {
    my ($self, $seconds, $do) = @_;
    @{$self->{timers}} = sort { $a->[0] <=> $b->[0] } @{$self->{timers}}, [time + $seconds, $do];
    return '';
}

sub _note { my ($self, @words) = @_; print {$self->{out}} join("\t", @words), "\n" }

# --- the store ---

# An order, as WooCommerce's REST API and its webhooks show it.
sub order {
    my ($self, $id, %over) = @_;
    my $has = $self->{orders}{$id} // {};
    my $money = sub { sprintf '%.2f', $_[0] };
    my $status = $has->{status} // $over{status} // $self->first_status($id);
    my $paid = $status ne 'pending' && $status ne 'cancelled';
    my $at = strftime('%Y-%m-%dT%H:%M:%S', gmtime($has->{changed} // $over{at} // $self->{began}));
    return {
        id => $id + 0, number => "$id", order_key => "wc_order_$id", status => $status, currency => 'EUR',
        date_created_gmt => $at, date_modified_gmt => $at, date_paid_gmt => $paid ? $at : undef,
        needs_payment => $paid ? JSON::PP::false : JSON::PP::true, payment_method => 'stripe',
        total => $money->(50 - 5 * ($has->{fees} // 0)), shipping_total => '5.00', total_tax => '0.00',
        discount_total => '0.00',
        billing => {first_name => 'Ada', email => "buyer$id\@shop.test", country => 'DE', postcode => '10115'},
        line_items => [{id => 1, product_id => 7, name => 'Blue mug', quantity => 1, total => '45.00'}],
        shipping_lines => [{id => 2, method_id => 'flat_rate', method_title => 'Parcel', total => '5.00'}],
        fee_lines => [map { {id => 100 + $_, name => 'Discount', total => '-5.00', total_tax => '0.00'} } 1 .. $has->{fees} // 0],
        coupon_lines => [map { {code => $_, discount => '4.50'} } @{$has->{codes} // []}],
        refunds => [map { {id => 200 + $_, total => '-5.00', reason => ''} } 1 .. $has->{refunds} // 0],
        meta_data => [
            {key => '_ordersave_locale', value => 'en'}, {key => '_ordersave_consent_email', value => 'yes'},
            ($has->{marker} ? {key => '_ordersave_offer', value => $has->{marker}} : ()),
            @{$over{meta} // []}],
    };
}

sub first_status { return $_[1] % 4 == 2 ? 'processing' : 'pending' }

sub _cancel {
    my ($self, $id) = @_;
    my $order = $self->{orders}{$id} //= {};
    $order->{status} = 'cancelled';
    $order->{changed} = time;
    $self->_note(cancel => $id);
}

sub _change {
    my ($self, $id, $body) = @_;
    my $order = $self->{orders}{$id} //= {};
    my $change = eval { $json->decode($body) } // {};
    $order->{changed} = time;
    for my $fee (grep { !$_->{id} } @{$change->{fee_lines} // []}) {
        $order->{fees}++;
        $self->_note(fee => $id);
    }
    for my $line (grep { !$_->{id} } @{$change->{coupon_lines} // []}) {
        my $code = lc $line->{code};
        next if grep { $_ eq $code } @{$order->{codes}};    # as WooCommerce has it
        push @{$order->{codes}}, $code;
        $self->_note(code => $id, $code);
    }
    for my $meta (@{$change->{meta_data} // []}) {
        $order->{marker} = $meta->{value} if $meta->{key} eq '_ordersave_offer';
    }
}

sub _refund {
    my ($self, $id) = @_;
    $self->{orders}{$id}{refunds}++;
    $self->{orders}{$id}{changed} = time;
    $self->_note(refund => $id);
}

sub _http {
    my ($code, $body, @more) = @_;
    return "HTTP/1.1 $code X\r\nContent-Length: " . length($body) . "\r\n" . join('', map { "$_\r\n" } @more) . "\r\n$body";
}

sub _api {
    my ($self, $method, $path, $body) = @_;
    my ($id, $below) = $path =~ m{^/wp-json/wc/v3/orders/(\d+)(/\w+)?} or return _http(404, '{}');
    if ($method eq 'PUT') { $self->_change($id, $body) }
    elsif ($method eq 'POST' && ($below // '') eq '/refunds') { $self->_refund($id) }
    return _http($method eq 'POST' ? 201 : 200, $json->encode($self->order($id)), 'Content-Type: application/json');
}

sub _answer {
    my ($self, $fh, $method, $path, $body) = @_;
    if (my ($id) = $path =~ m{^/cart/\?.*\border_id=(\d+)}) {
        $self->_cancel($id);
        return _http(302, '', 'Location: /my-account/');
    }
    return _http(200, '<p>a page</p>', 'Content-Type: text/html') if $path !~ m{^/wp-json/};
    my $do = sub { return $self->_api($method, $path, $body) };
    return $do->() if rand() >= $self->{odds};
    my $how = int rand 5;
    return _http(503, '{}') if $how == 0;                       # before anything is done
    if ($how == 1) { $do->(); return }                          # done, and nobody is told
    return if $how == 2;
    # longer than anybody waits; then it is done all the same
    return $self->_later(1.5, sub { my $answer = $do->(); syswrite $fh, $answer if fileno $fh }) if $how == 3;
    $self->_later(1.2, $do);                                    # behind a proxy that gave up
    return _http(504, '{}');
}

# Calls $take->($socket, $head, $body) for each request; as of _serve.
sub _serve_http {
    my ($self, $name, $take) = @_;
    return $self->_serve($name => sub {
        my ($fh, $read) = @_;
        my $out = '';
        while ($$read =~ /\r\n\r\n/) {
            my $head = substr $$read, 0, $+[0];
            my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
            last if length $$read < length($head) + ($length // 0);
            my $body = substr $$read, length $head, $length // 0;
            substr $$read, 0, length($head) + ($length // 0), '';
            my $answer = $take->($fh, $head, $body);
            return unless defined $answer;
            $out .= $answer;
        }
        return $out;
    });
}

sub store {
    my ($self, %o) = @_;
    $self->{odds} = $o{odds} // 0;
    return $self->_serve_http(store => sub {
        my ($fh, $head, $body) = @_;
        my ($method, $path) = $head =~ /^(\S+) (\S+)/;
        return $self->_answer($fh, $method, $path, $body);
    });
}

# --- the mail server ---

sub _keep {
    my ($self, $session) = @_;
    my ($head) = split /\r\n\r\n/, $session->{mail}, 2;
    my ($subject) = $head =~ /^Subject:\s*(.*?)\r?$/mi;
    my ($id) = $head =~ /^Message-ID:\s*(\S+)/mi;
    $self->_note($subject // '', $session->{to} // '', $id // '');
}

# The end of a mail: mostly it is kept, and that is said.
sub _dot {
    my ($self, $session) = @_;
    my $how = rand() < $self->{odds} ? int rand 4 : -1;
    return "451 4.3.0 try again\r\n" if $how == 0;
    return if $how == 1;
    $self->_keep($session);
    return $how == 2 ? undef : "250 2.0.0 kept\r\n";
}

sub _line {
    my ($self, $session, $line) = @_;
    if ($session->{data}) {
        if ($line eq '.') {
            $session->{data} = 0;
            return $self->_dot($session);
        }
        $session->{mail} .= "$line\r\n";
        return '';
    }
    my ($verb) = $line =~ /^(\w+)/;
    $verb = uc($verb // '');
    return "250-till\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n" if $verb eq 'EHLO';
    if ($verb eq 'RCPT') {
        return "450 4.2.0 later\r\n" if rand() < $self->{odds};
        ($session->{to}) = $line =~ /<([^>]*)>/;
    }
    if ($verb eq 'DATA') {
        @$session{qw(data mail)} = (1, '');
        return "354 go on\r\n";
    }
    return $verb eq 'QUIT' ? "221 bye\r\n" : "250 ok\r\n";
}

sub post {
    my ($self, %o) = @_;
    $self->{odds} = $o{odds} // 0;
    my %session;
    return $self->_serve(post => sub {
        my ($fh, $read) = @_;
        my $out = '';
        while ($$read =~ s/\A(.*?)\r\n//) {
            my $answer = $self->_line($session{$fh}, $1) // return;
            $out .= $answer;
        }
        return $out;
    }, sub { $session{$_[0]} = {data => 0}; return "220 till ESMTP\r\n" });
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local $?;
    kill KILL => @{$self->{pids}};
    waitpid $_, 0 for @{$self->{pids}};
}

1;
